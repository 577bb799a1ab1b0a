/** What an operator can do to a room: lock it, close it, take a member out. */

import { announce, byId, write } from '../app/dom.js'
import { askFirst, whyNot } from './ask.js'
import { act, Refused } from './engine.js'
import { say } from './words.js'

/** @typedef {{ namespace: string, name: string }} Room */

/** @type {HTMLButtonElement} */
const lock = byId('lock')
/** @type {Room | null} */
let room = null
let locked = false
let busy = false
/** @type {() => Promise<void>} */
let refresh = async () => {}
/** @type {(error: unknown) => void} */
let failed = () => {}

/** @param {Room} of */
const path = ({ name }) => `rooms/${encodeURIComponent(name)}`

/** Shows what can be done. @param {Room | null} of null: nothing, the room is over @param {boolean} [isLocked] */
export function drawActions(of, isLocked = false) {
  if (of?.name !== room?.name || of?.namespace !== room?.namespace) write(byId('room-problem'), '')
  room = of
  locked = isLocked
  byId('room-actions').hidden = !of
  write(byId('lock-text'), say(locked ? 'unlock' : 'lock'))
}

/** While something is under way, nothing else is begun. @param {boolean} is */
function setBusy(is) {
  busy = is
  byId('room').ariaBusy = String(is)
  for (const button of byId('room-actions').querySelectorAll('button')) button.ariaDisabled = String(is)
}

async function toggleLock() {
  const mine = room
  if (!mine || busy) return
  setBusy(true)
  write(byId('room-problem'), '')
  const to = !locked
  try {
    await act('PUT', `${path(mine)}/lock`, { locked: to }, { namespace: mine.namespace })
    await refresh()
    announce(say(to ? 'nowLocked' : 'nowUnlocked'))
  } catch (error) {
    if (error instanceof Refused && error.status === 401) return failed(error)
    if (mine === room) write(byId('room-problem'), whyNot(error))
  } finally {
    setBusy(false)
  }
}

function close() {
  const mine = room
  if (!mine || busy) return
  askFirst({
    title: say('closeTitle', { name: mine.name }), text: say('closeText'), label: say('tellThem'), yes: say('closeRoom'),
    act: (text) => act('POST', `${path(mine)}/close`, { text }, { namespace: mine.namespace }),
    done: () => {
      announce(say('nowClosed'))
      byId('room-title').focus()
      void refresh()
    },
  })
}

/** @param {string} member */
export function kick(member) {
  const mine = room
  if (!mine || busy) return
  askFirst({
    title: say('kickTitle', { member }), text: say('kickText'), label: say('tellIt'), yes: say('kick'),
    act: (reason) => act('POST', `${path(mine)}/members/${encodeURIComponent(member)}/kick`, { reason }, { namespace: mine.namespace }),
    done: () => {
      announce(say('nowKicked', { member }))
      byId('members-title').focus()
      void refresh()
    },
  })
}

/** @param {() => Promise<void>} onChange @param {(error: unknown) => void} onFail */
export function bindActions(onChange, onFail) {
  refresh = onChange
  failed = onFail
  lock.onclick = () => void toggleLock()
  byId('close-room').onclick = close
}
