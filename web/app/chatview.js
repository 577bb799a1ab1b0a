import { announce, byId, make } from './dom.js'
import { openPart, whenPanel } from './panel.js'
import { say, whenSpoken } from './words.js'

const list = byId('messages')
const badge = /** @type {HTMLElement} */ (byId('open-chat').querySelector('.badge'))
let unread = 0

/**
 * The chat of a call.
 * @param {import('./session.js').Session} session
 * @param {(member: import('../sdk/types.js').Member | undefined) => string} name
 */
export function bindChat(session, name) {
  /** @type {HTMLInputElement} */
  const field = byId('text')
  const hint = make('li', { className: 'hint' })
  list.replaceChildren(hint)
  whenSpoken(() => {
    hint.textContent = say('nothingSaid')
    for (const who of list.querySelectorAll('[data-me] b')) who.textContent = say('you')
  }, session.signal)
  session.on('chat', ({ member, text, server }) => {
    add(name(member), text, server ? say('viaServer') : '', false)
    announce(say('saidBy', { name: name(member), text }))
    if (openPart() !== 'chat') count(unread + 1)
  })
  byId('say-it').onsubmit = async (e) => {
    e.preventDefault()
    const text = field.value.trim()
    if (!text) return
    field.value = ''
    const note = add(say('you'), text, '', true)
    try {
      const { server } = await session.chat(text)
      if (server) note.textContent = say('viaServer')
    } catch {
      note.textContent = say('notSent')
    }
  }
  count(0)
  whenPanel((part) => part === 'chat' && count(0), session.signal)
}

/** @param {string} who @param {string} text @param {string} how @param {boolean} me */
function add(who, text, how, me) {
  list.querySelector('.hint')?.remove()
  const note = make('small', { textContent: how })
  list.append(make('li', { dataset: me ? { me: '' } : {} }, make('b', { textContent: who }), note, make('p', { textContent: text })))
  list.scrollTop = list.scrollHeight
  return note
}

/** @param {number} n */
function count(n) {
  unread = n
  badge.textContent = String(n)
  badge.hidden = n === 0
}
