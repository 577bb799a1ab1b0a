/** The list of rooms: searched by the beginning of their names, in pages. */

import { announce, byId, icon, make, write } from '../app/dom.js'
import { ask } from './engine.js'
import { roomHash } from './map.js'
import { span, whole } from './numbers.js'
import { say, whenSpoken } from './words.js'

const perPage = 25

/** @type {HTMLInputElement} */
const search = byId('search')
/** @type {HTMLButtonElement} */
const earlier = byId('earlier')
/** @type {HTMLButtonElement} */
const later = byId('later')
/** @type {string[]} cursors of the pages before this one */
let before = []
let at = ''
let next = ''
/** @type {any[] | null} */
let rooms = null
/** @type {(error: unknown) => void} */
let failed = () => {}
let asked = 0

/** Asks for the page that is shown, again. */
export async function refreshRooms() {
  const mine = ++asked
  try {
    const page = await ask('rooms', { namespace: '*', limit: perPage, ...(search.value && { prefix: search.value }), ...(at && { after: at }) })
    if (mine !== asked) return // another page was asked for meanwhile
    rooms = page.rooms
    next = page.next ?? ''
    failed(null)
    draw()
  } catch (error) {
    failed(error)
  }
}

/** @param {any} room */
function row(room) {
  const state = room.state
  const age = state ? span((Date.now() - Date.parse(state.created)) / 1000) : ''
  const marks = [
    ...(room.namespace ? [make('small', { textContent: room.namespace })] : []),
    ...(state?.behavior ? [make('small', { textContent: state.behavior })] : []),
    ...(room.busy ? [make('small', { textContent: say('busy'), dataset: { tone: 'busy' } })] : []),
    ...(state?.locked ? [icon('lock'), make('span', { className: 'unseen', textContent: say('locked') })] : []),
  ]
  return make('tr', {},
    make('th', { scope: 'row' }, make('a', { href: roomHash(room), textContent: room.name, translate: false }), ...marks),
    number('members', state ? whole(state.members) : '–'), number('messages', state ? whole(state.seq) : '–'),
    number('mailbox', whole(room.mailbox)), number('age', age))
}

/** @param {import('./words.js').Key} label @param {string} text */
const number = (label, text) => make('td', { className: 'number', textContent: text, dataset: { name: say(label) } })

function draw() {
  if (!rooms) return
  const focused = document.activeElement instanceof HTMLAnchorElement ? document.activeElement.hash : ''
  byId('room-rows').replaceChildren(...rooms.map(row))
  if (focused) [...byId('room-rows').querySelectorAll('a')].find((link) => link.hash === focused)?.focus()
  const none = byId('no-rooms')
  none.hidden = rooms.length > 0
  write(none, search.value ? say('noSuchRooms', { prefix: search.value }) : say('noRooms'))
  byId('room-rows').closest('table')?.toggleAttribute('hidden', rooms.length === 0)
  earlier.disabled = before.length === 0
  later.disabled = !next
}

/** @param {(error: unknown) => void} onFail */
export function bindRooms(onFail) {
  failed = onFail
  let typing = 0
  search.oninput = () => {
    clearTimeout(typing)
    typing = window.setTimeout(() => {
      before = []
      at = ''
      void refreshRooms().then(() => announce(rooms?.length ? `${rooms.length} ${say('rooms')}` : (byId('no-rooms').textContent ?? '')))
    }, 200)
  }
  later.onclick = () => {
    before.push(at)
    at = next
    void refreshRooms()
  }
  earlier.onclick = () => {
    at = before.pop() ?? ''
    void refreshRooms()
  }
  whenSpoken(draw)
}
