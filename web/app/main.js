import { connect } from '../sdk/parley.js'
import { lineBanner } from './banner.js'
import { showCall } from './callview.js'
import { Devices } from './devices.js'
import { byId } from './dom.js'
import { roomLink, roomName } from './link.js'
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
const devices = new Devices()
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

/** Has devices opened, or says why not. */
async function useDevices() {
  dismiss('devices')
  await devices.open()
  const { problem } = devices
  if (!problem) return
  const again = problem === 'Insecure' ? undefined : { text: say('tryAgain'), run: () => void useDevices() }
  notice('devices', maybe(`devices${problem}`), again)
}

/** @param {string} person's name */
async function enter(person) {
  sessionStorage.setItem('parley:in', name)
  const line = (client = connect(new URL('ws', document.baseURI), { WebSocket: tap.WebSocket }))
  let drained = false
  line.on('state', ({ state, code }) => {
    drained = state === 'reconnecting' && (drained || code === 1001)
    if (state === 'reconnecting') lineBanner(say(drained ? 'lineDrain' : session?.others.length ? 'lineLostCall' : 'lineLost'))
    else if (state === 'connecting') lineBanner(say('lineJoining'))
  })
  const room = line.room(name)
  if (name.startsWith('call-') && (await directory(room, person))) return
  talk(room, person)
}

/**
 * A room whose members ring each other, if this is one: each call goes on in a room of its own.
 * @param {import('../sdk/room.js').Room} room
 * @param {string} person
 */
async function directory(room, person) {
  try {
    await room.join({ profile: { name: person }, timeout: 0 })
  } catch (error) {
    over(/** @type {any} */ (error).code, '')
    return true
  }
  lineBanner('')
  if (!(await rings(room))) return false
  stage('directory')
  showDirectory(room, (fresh) => talk(room.client.room(fresh), person, () => {
    room.send('hangup').catch(() => {})
    stage('directory')
  }))
  room.on('event', ({ event, from, data }) => !from && event === 'ended' && data.reason !== 'busy' && session?.end('leave'))
  room.on('left', ({ reason, text }) => over(reason, text))
  return true
}

/**
 * @param {import('../sdk/room.js').Room} room
 * @param {string} person
 * @param {() => void} [after] what follows, if not the page that says that it is over
 */
function talk(room, person, after) {
  const talking = (session = new Session(room, devices, person))
  const view = showCall({ session: talking, devices, tap, meter })
  pin = view.pin
  talking.on('entered', () => {
    lineBanner('')
    stage('call')
    view.show()
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

/** @type {(nth: number) => void} */
let pin = () => {}

/** @param {string} reason @param {string} text */
function over(reason, text) {
  if (document.body.dataset.stage === 'over') return
  stage('over')
  sessionStorage.removeItem('parley:in')
  client?.close()
  devices.stop()
  for (const id of ['devices', 'sound', 'share']) dismiss(id)
  lineBanner('')
  whenSpoken(() => showOver(reason, text))
}

function bindDock() {
  byId('microphone').onclick = () => devices.toggle('audio')
  byId('camera').onclick = () => devices.toggle('video')
  byId('screen').onclick = () => session?.share(!session.screen).catch((error) => error.name === 'NotAllowedError' || notice('share', say('shareFailed')))
  byId('hang-up').onclick = byId('knock-end').onclick = () => session?.end('leave')
  byId('again').onclick = () => {
    sessionStorage.setItem('parley:in', name)
    location.reload()
  }
  byId('copy').onclick = () => copyLink(link, byId('copy-said'))
  byId('invite').onclick = () => copyLink(link, byId('invite'))
  byId('room-name').textContent = byId('say').textContent = name
}

bindSettings()
bindPickers(devices)
bindPanel()
bindDock()
bindShortcuts((nth) => pin(nth))
showLobby(name, devices, enter)
devices.on('track', ({ kind, track }) => kind === 'audio' && meter.listen(track))
devices.on('gone', ({ label }) => notice('devices', say('devicesGone', { device: label })))
setInterval(() => document.body.dataset.stage === 'lobby' && showLevel(meter.level), 80)
for (const type of ['pointerdown', 'keydown']) addEventListener(type, () => meter.wake())
// A page that goes away would hold its place for half a minute; one that comes back from the cache starts anew.
addEventListener('pagehide', () => {
  const inside = sessionStorage.getItem('parley:in')
  client?.close()
  if (inside) sessionStorage.setItem('parley:in', inside)
})
addEventListener('pageshow', (e) => e.persisted && location.reload())

const opened = useDevices()
if (sessionStorage.getItem('parley:in') === name) {
  await opened // a page that was reloaded in a call goes on with it
  void enter(localStorage.getItem('parley:name') ?? '')
}
