/** One room: what it is, who is in it, what was said last. What that says is shown when asked for. */

import { byId, icon, make, write } from '../app/dom.js'
import { ask, Refused } from './engine.js'
import { bytes, clock, span, whole } from './numbers.js'
import { bindActions, drawActions, kick } from './roomactions.js'
import { fill } from './rows.js'
import { isChinese, say, sayOr, whenSpoken } from './words.js'

const perPage = 50
const events = 30

/** @type {{ namespace: string, name: string } | null} */
let room = null
/** @type {any} */
let detail = null
let members = perPage
/** @type {Set<number>} numbers of the messages that are shown, by themselves */
let opened = new Set()
/** @type {(error: unknown) => void} */
let failed = () => {}

/** @type {HTMLInputElement} */
const all = byId('payloads')

/** @param {string} namespace @param {string} name */
export function openRoom(namespace, name) {
  if (room?.namespace !== namespace || room.name !== name) {
    detail = null
    members = perPage
    opened = new Set()
    all.checked = false
    byId('room-all').hidden = true
    byId('room-gone').hidden = true
    drawActions(null)
  }
  room = { namespace, name }
  write(byId('room-title'), name)
  void refreshRoom()
}

/** Asks for the room, again. Payloads travel only where some are shown. */
export async function refreshRoom() {
  const mine = room
  if (!mine) return
  const payloads = all.checked || opened.size > 0
  try {
    const found = await ask(`rooms/${encodeURIComponent(mine.name)}`, { namespace: mine.namespace, limit: Math.min(members, 1000), events, payloads: payloads ? 1 : 0 })
    if (mine !== room) return
    detail = { ...found, payloads }
    failed(null)
  } catch (error) {
    if (mine !== room) return
    if (!(error instanceof Refused && error.status === 404)) return failed(error)
    detail = null
  }
  draw()
}

function draw() {
  if (!room) return
  byId('room-all').hidden = !detail
  byId('room-gone').hidden = detail !== null
  write(byId('room-gone'), say('roomGone'))
  const state = detail?.state
  byId('room-marks').replaceChildren(...(state?.locked ? [icon('lock'), say('locked')] : []))
  drawActions(state ? room : null, state?.locked)
  if (!state) return
  byId('room-facts').replaceChildren(...facts(state).flatMap(([name, value]) => [make('div', {}, make('dt', { textContent: name }), make('dd', { textContent: value }))]))
  fill(byId('member-rows'), detail.members.map((/** @type {any} */ m) => ({ key: m.member, told: [isChinese(), m], make: () => member(m) })))
  fill(byId('event-rows'), detail.events.length ? [...detail.events].reverse().map((e) => ({ key: String(e.seq), told: [isChinese(), e, isShown(e), all.checked], make: () => event(e) }))
    : [{ key: '', told: isChinese(), make: () => make('li', { className: 'empty', textContent: say('noEvents') }) }])
  byId('more-members').hidden = !detail.next || members >= 1000
}

/** @param {any} state @returns {[string, string][]} */
function facts(state) {
  return [
    [say('members'), say('ofCapacity', { members: whole(state.members), capacity: whole(state.capacity) })],
    [say('suspended'), whole(state.suspended)],
    ...(state.waiting ? /** @type {[string, string][]} */ ([[say('waiting'), whole(state.waiting)]]) : []),
    [say('messages'), whole(state.seq)],
    [say('mailbox'), whole(detail.mailbox)],
    [say('age'), span((Date.now() - Date.parse(state.created)) / 1000)],
    [say('history'), say('historyHas', { count: whole(state.history), bytes: bytes(state.historyBytes) })],
    [say('protocol'), detail.namespace || 'parley'],
    ...(state.behavior ? /** @type {[string, string][]} */ ([[say('behavior'), state.behavior]]) : []),
    [say('epoch'), state.epoch],
  ]
}

/** @param {any} m */
function member(m) {
  const out = make('button', { type: 'button', className: 'plain', textContent: say('kick'), ariaLabel: say('kickWho', { member: m.member }) })
  out.onclick = () => kick(m.member)
  const marks = [sayOr(`role${m.role[0].toUpperCase()}${m.role.slice(1)}`, m.role), m.hidden ? say('hidden') : '', m.subject ?? ''].filter(Boolean).join(' · ')
  return make('li', { dataset: m.suspended ? { state: 'suspended' } : {} },
    make('i'), make('span', {}, make('code', { textContent: m.member, translate: false }), make('small', { textContent: marks })),
    make('small', { textContent: m.suspended ? say('memberSuspended') : m.connection }), make('small', { className: 'number', textContent: say('since', { since: whole(m.since) }) }), out)
}

/** Whether what it says is shown. @param {any} e */
const isShown = (e) => detail.payloads && (e.data ?? e.profile) !== undefined && (all.checked || opened.has(e.seq))

/** @param {any} e */
function event(e) {
  const payload = e.data ?? e.profile
  const has = e.type === 'event' || e.change === 'joined' || e.change === 'updated'
  const shown = isShown(e)
  const button = make('button', { type: 'button', textContent: say(shown ? 'hide' : 'show'), ariaExpanded: String(Boolean(shown)) })
  button.hidden = !has || all.checked
  button.onclick = () => {
    if (!opened.delete(e.seq)) opened.add(e.seq)
    void refreshRoom()
  }
  return make('li', { dataset: { type: e.type } },
    make('small', { className: 'number', textContent: `#${e.seq}` }), make('time', { dateTime: e.at, textContent: clock(e.at) }),
    make('span', {}, ...told(e), make('small', { textContent: bytes(e.bytes) })), button,
    ...(shown ? [make('pre', { textContent: JSON.stringify(payload, null, 2), tabIndex: 0 })] : []))
}

/** What happened, in words. @param {any} e @returns {(Node | string)[]} */
function told(e) {
  const id = (/** @type {string} */ text) => make('code', { textContent: text, translate: false })
  if (e.type === 'room') return [say(e.locked ? 'roomLocked' : 'roomUnlocked')]
  if (e.type === 'member') return [id(e.member), ` ${sayOr(`change_${e.change}`, e.change)}${e.reason && e.reason !== 'leave' ? ` (${e.reason})` : ''}`]
  const to = e.to ? e.to.flatMap((/** @type {string} */ m, /** @type {number} */ i) => [i ? ', ' : '', id(m)]) : [say('toAll')]
  return [make('b', { textContent: e.event }), ' ', e.from ? id(e.from) : say('theRoom'), ' → ', ...to]
}

/** @param {(error: unknown) => void} onFail */
export function bindRoom(onFail) {
  failed = onFail
  bindActions(refreshRoom, onFail)
  all.onchange = () => {
    opened.clear()
    void refreshRoom()
  }
  byId('more-members').onclick = () => {
    members += perPage
    void refreshRoom()
  }
  whenSpoken(draw)
}
