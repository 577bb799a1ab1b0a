import { byId, write } from './dom.js'
import { nameOf } from './session.js'
import { button, row } from './people.js'
import { say, whenSpoken } from './words.js'

/**
 * Whether the room's behaviour is that of calls: a call to oneself is answered by the room as
 * busy, and comes back as it is where there is no such behaviour.
 * @param {import('../sdk/room.js').Room} room joined
 * @returns {Promise<boolean>}
 */
export function rings(room) {
  const id = /** @type {string} */ (room.self?.id)
  return new Promise((resolve) => {
    const stop = room.on('event', ({ event, from }) => {
      const answered = from ? from === id && event === 'call' : event === 'ended'
      if (!answered) return
      stop()
      resolve(!from)
    })
    room.send('call', null, { to: id, timeout: 0 }).catch(() => resolve(false))
  })
}

/** @type {HTMLDialogElement} */
const dialog = byId('ringing')

/** Says what the dialog says, in the language of the moment. */
let words = () => {}
whenSpoken(() => words())

/**
 * The page of a room whose members call each other.
 * @param {import('../sdk/room.js').Room} room joined
 * @param {(name: string) => void} talk goes on in the room of that name
 */
export function showDirectory(room, talk) {
  const nameById = (/** @type {string} */ id) => nameOf(room.members.get(id)?.profile) || say('guest')
  const tell = (/** @type {string} */ event, /** @type {string} */ to = '') => room.send(event, null, to ? { to } : {}).catch(() => {})
  const show = () => {
    const members = [...room.members.values()].filter((m) => !m.suspended)
    byId('callees').replaceChildren(...members.map((m) => row(nameById(m.id), '', [button(say('callThem'), () => tell('call', m.id), 'primary')])))
    write(byId('directory-text'), members.length ? '' : say('directoryEmpty'))
    byId('directory-invite').hidden = members.length > 0
  }
  room.on('member', show)
  room.on('joined', show)
  room.on('event', ({ event, data, from }) => {
    if (from) return
    const name = nameById(data?.peer)
    if (event === 'calling') ask('calling', name, 'cancel', () => tell('hangup'), null)
    if (event === 'ring') ask('ringing', name, 'decline', () => tell('decline'), () => tell('accept'))
    if (event === 'accepted') {
      dialog.close()
      talk(data.room)
    }
    if (event === 'ended') {
      dialog.close()
      write(byId('directory-text'), say(/** @type {import('./words.js').Key} */ (`ended${data.reason[0].toUpperCase()}${data.reason.slice(1)}`), { name }))
    }
  })
  whenSpoken(show)
}

/**
 * @param {'calling' | 'ringing'} title
 * @param {string} name
 * @param {import('./words.js').Key} no
 * @param {() => void} refuse
 * @param {(() => void) | null} accept
 */
function ask(title, name, no, refuse, accept) {
  const decline = byId('decline')
  words = () => {
    byId('ringing-title').textContent = say(title, { name })
    decline.textContent = say(no)
  }
  words()
  decline.onclick = refuse
  dialog.oncancel = (e) => {
    e.preventDefault()
    refuse()
  }
  const yes = byId('accept')
  yes.hidden = !accept
  yes.onclick = accept
  if (!dialog.open) dialog.showModal()
  ;(accept ? yes : decline).focus()
}
