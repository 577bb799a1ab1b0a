import { connect } from '../sdk/parley.js'
import { lineBanner } from './banner.js'
import { showCall } from './callview.js'
import { Devices } from './devices.js'
import { byId } from './dom.js'
import { keep, takeKept } from './kept.js'
import { roomLink, roomName, watchToken } from './link.js'
import { showLevel, showLobby } from './lobby.js'
import { Meter } from './meter.js'
import { dismiss, notice } from './notices.js'
import { showOver } from './over.js'
import { bindPanel, closePanel } from './panel.js'
import { bindPickers } from './pickers.js'
import { rings, showDirectory } from './ring.js'
import { Session } from './session.js'
import { bindSettings, copyLink } from './settings.js'
import { bindShortcuts } from './shortcuts.js'
import { Tap } from './tap.js'
import { maybe, say, whenSpoken } from './words.js'

const name = roomName()
const link = roomLink(name)
const token = watchToken(name, () => document.body.dataset.stage === 'over' && enterAgain())
const kept = takeKept(name)
/** Who one is to the others, however often the page is loaded. */
const person = kept?.person ?? crypto.getRandomValues(new Uint32Array(2)).join('-')
const devices = new Devices(kept?.off)
const meter = new Meter()
const tap = new Tap()
/** @type {Session | null} */
let session = null
/** @type {import('../sdk/client.js').Client | null} */
let client = null

/** @param {'lobby' | 'knocking' | 'directory' | 'call' | 'over'} to */
function stage(to) {
  if (document.body.dataset.stage === to) return
  document.body.dataset.stage = to
  if (to !== 'call') closePanel()
  byId(`${to}-title`).focus()
}

/** What a notice offers. */
const useThem = { text: /** @type {const} */ ('tryAgain'), run: () => void useDevices() }

/** Has devices opened, or says why not. */
async function useDevices() {
  dismiss('devices')
  await devices.open()
  if (session?.observing) return devices.stop()
  const { problem } = devices
  if (!problem) return
  notice('devices', () => maybe(`devices${problem}`), problem === 'Insecure' ? undefined : useThem)
}

/** @param {string} person's name @param {string} [talking] the room of a call that was going on */
async function enter(person, talking) {
  const line = (client = connect(new URL('ws', document.baseURI), { WebSocket: tap.WebSocket, getToken: token }))
  let drained = false
  line.on('state', ({ state, code }) => {
    drained = state === 'reconnecting' && (drained || code === 1001)
    if (state === 'reconnecting') lineBanner(say(drained ? 'lineDrain' : session?.others.length ? 'lineLostCall' : 'lineLost'))
    else if (state === 'connecting') lineBanner(say('lineJoining'))
  })
  const room = line.room(name)
  if (name.startsWith('call-') && (await directory(room, person, talking))) return
  talk(room, person)
}

/**
 * A room whose members ring each other, if this is one: each call goes on in a room of its own.
 * @param {import('../sdk/room.js').Room} room
 * @param {string} person
 * @param {string} [talking] the room of a call that was going on
 */
async function directory(room, person, talking) {
  try {
    await room.join({ profile: { name: person }, timeout: 0 })
  } catch (error) {
    over(/** @type {any} */ (error).code, '')
    return true
  }
  lineBanner('')
  if (!(await rings(room))) return false
  stage('directory')
  const go = (/** @type {string} */ fresh) => talk(room.client.room(fresh), person, () => {
    room.send('hangup').catch(() => {})
    stage('directory')
  })
  showDirectory(room, go)
  if (talking) go(talking)
  room.on('event', ({ event, from, data }) => !from && event === 'ended' && data.reason !== 'busy' && session?.end('leave'))
  room.on('left', ({ reason, text }) => over(reason, text))
  return true
}

/**
 * @param {import('../sdk/room.js').Room} room
 * @param {string} called what others call us
 * @param {() => void} [after] what follows, if not the page that says that it is over
 */
function talk(room, called, after) {
  const talking = (session = new Session(room, devices, { name: called, person }))
  const view = showCall({ session: talking, devices, tap, meter })
  pin = view.pin
  talking.on('entered', () => {
    lineBanner('')
    stage('call')
    view.show()
    if (talking.observing) observe()
  })
  talking.on('door', () => {
    lineBanner('')
    stage('knocking')
  })
  talking.on('over', ({ reason, text }) => {
    session = null
    if (!after || reason === 'closed') return over(reason, text)
    room.leave().catch(() => {})
    after()
  })
  void talking.start()
}

/** One who may send nothing needs no camera. */
function observe() {
  document.body.dataset.observing = ''
  devices.stop()
  dismiss('devices')
  notice('observing', () => say('observing'))
}

/** @type {(nth: number) => void} */
let pin = () => {}

/** Whether the page is being loaded again to go into the call once more. */
let again = false

/** @param {string} reason @param {string} text */
function over(reason, text) {
  if (document.body.dataset.stage === 'over') return
  stage('over')
  client?.close()
  client = null
  devices.stop()
  for (const id of ['devices', 'sound', 'share', 'observing']) dismiss(id)
  lineBanner('')
  whenSpoken(() => showOver(reason, text))
}

function enterAgain() {
  again = true
  location.reload()
}

function bindDock() {
  byId('microphone').onclick = () => devices.toggle('audio')
  byId('camera').onclick = () => devices.toggle('video')
  byId('screen').onclick = () => session?.share(!session.screen).catch((error) => error.name === 'NotAllowedError' || notice('share', () => say('shareFailed')))
  byId('hang-up').onclick = byId('knock-end').onclick = () => session?.end('leave')
  byId('directory-end').onclick = () => over('leave', '')
  byId('again').onclick = enterAgain
  byId('copy').onclick = () => copyLink(link, byId('copy-said'))
  for (const id of ['invite', 'directory-invite']) byId(id).onclick = () => copyLink(link, byId(id))
  byId('room-name').textContent = byId('say').textContent = name
}

bindSettings()
bindPickers(devices)
bindPanel()
bindDock()
bindShortcuts((nth) => pin(nth))
showLobby(name, devices, enter)
devices.on('track', ({ kind, track }) => kind === 'audio' && meter.listen(track))
devices.on('gone', ({ kind, label, next, problem }) => {
  if (problem === 'Denied') return notice('devices', () => say('devicesDenied'), useThem)
  const lost = kind === 'video' ? 'devicesGoneVideo' : 'devicesGoneAudio'
  notice('devices', () => say(next ? 'devicesReplaced' : lost, { device: label, next }))
})
devices.on('came', ({ kind, id, label }) => notice('devices', () => say('devicesCame', { device: label }), { text: 'use', run: () => void devices.choose(kind, id) }))
setInterval(() => document.body.dataset.stage === 'lobby' && showLevel(meter.level), 80)
for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => meter.wake())
// The memberships are left for the page that this one may become; the others are told, and wait a moment only.
addEventListener('pagehide', () => {
  if (!client && !again) return
  keep({ room: name, person, off: devices.off, ...(session && session.room.name !== name && { talk: session.room.name }) })
  session?.away()
})
addEventListener('pageshow', (e) => e.persisted && location.reload()) // out of the cache: it starts anew, too

void useDevices()
if (kept) {
  if (!name.startsWith('call-')) stage('call') // no lobby for who goes on with a call
  void enter(localStorage.getItem('parley:name') ?? '', kept.talk)
}
