import { announce, byId, make } from './dom.js'
import { say } from './words.js'

/** @type {Map<string, string>} names of those at the door, '' for guests, by the id that they will have */
const knocking = new Map()
const badge = /** @type {HTMLElement} */ (byId('open-people').querySelector('.badge'))

/**
 * Who is here, who is at the door, and what a moderator may do about it.
 * @param {import('./session.js').Session} session
 * @param {(member: import('../sdk/types.js').Member | undefined) => string} name
 */
export function bindPeople(session, name) {
  /** @type {HTMLInputElement} */
  const lock = byId('lock')
  lock.onchange = () => session.room.lock(lock.checked).catch(() => (lock.checked = session.room.locked))
  knocking.clear()
  session.on('knock', ({ id, name: who }) => {
    if (who === null) knocking.delete(id)
    else {
      knocking.set(id, who)
      announce(say('atDoor', { name: who || say('guest') }))
    }
    show(session, name)
  })
  return () => show(session, name)
}

/** @param {import('./session.js').Session} session @param {(member: import('../sdk/types.js').Member | undefined) => string} name */
function show(session, name) {
  const { room, others, moderator } = session
  const self = room.self
  if (!moderator) knocking.clear()
  byId('knocks').replaceChildren(...[...knocking].map(([id, who]) => row(say('atDoor', { name: who || say('guest') }), '', [
    button(say('refuse'), () => tell(session, 'refuse', id)), button(say('admit'), () => tell(session, 'admit', id), 'primary')])))
  const role = (/** @type {string} */ r) => (r === 'moderator' ? say(session.moderated ? 'host' : 'moderator') : r === 'observer' ? say('observer') : '')
  const rows = others.map(({ member }) => row(name(member), [role(member.role), member.suspended ? say('lineDown') : ''].filter(Boolean).join(' · '), moderator ? [
    ...(session.moderated ? [button(say('makeHost'), () => tell(session, 'handover', member.id))] : []),
    button(say('remove'), () => room.kick(member.id).catch(() => {}))] : []))
  if (self) rows.unshift(row(say('youName', { name: self.profile?.name || say('guest') }), role(self.role), []))
  byId('people').replaceChildren(...rows)
  byId('lock-row').hidden = !moderator
  /** @type {HTMLInputElement} */
  const lock = byId('lock')
  lock.checked = room.locked
  badge.hidden = !knocking.size && !others.length
  badge.dataset.tone = knocking.size ? 'busy' : ''
  badge.textContent = String(knocking.size || others.length + 1)
}

/** @param {import('./session.js').Session} session @param {string} event @param {string} member */
function tell(session, event, member) {
  if (event !== 'handover') knocking.delete(member)
  session.room.send(event, { member }).catch(() => {})
  session.emit('change', {})
}

/** @param {string} title @param {string} note @param {HTMLElement[]} buttons */
export function row(title, note, buttons) {
  return make('li', {}, make('span', {}, title, ...(note ? [make('small', { textContent: note })] : [])), ...buttons)
}

/** @param {string} textContent @param {() => void} onclick @param {string} [className] */
export function button(textContent, onclick, className = '') {
  return make('button', { type: 'button', textContent, onclick, className })
}
