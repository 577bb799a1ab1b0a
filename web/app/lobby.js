import { byId, write } from './dom.js'
import { say, whenSpoken } from './words.js'

/** @type {HTMLVideoElement} */
const preview = byId('preview')
/** @type {HTMLInputElement} */
const name = byId('name')
/** @type {HTMLMeterElement} */
const level = byId('level')

/**
 * The page before the call.
 * @param {string} room
 * @param {import('./devices.js').Devices} devices
 * @param {(name: string) => void} enter
 */
export function showLobby(room, devices, enter) {
  byId('lobby-room').textContent = room
  name.value = localStorage.getItem('parley:name') ?? ''
  byId('enter').onsubmit = (e) => {
    e.preventDefault()
    localStorage.setItem('parley:name', name.value.trim())
    enter(name.value.trim())
  }
  for (const [id, kind] of /** @type {const} */ ([['lobby-mic', 'audio'], ['lobby-camera', 'video']])) byId(id).onclick = () => devices.toggle(kind)
  const show = () => showPreview(devices)
  devices.on('change', show)
  devices.on('track', show)
  whenSpoken(show)
}

/** @param {number} loud 0–1 */
export function showLevel(loud) {
  level.value = loud
}

/** @param {import('./devices.js').Devices} devices */
function showPreview(devices) {
  const camera = devices.track('video')
  const shown = camera && devices.stream // an empty stream would hold the page's load event back for ever
  if (preview.srcObject !== shown) preview.srcObject = shown
  preview.hidden = !camera?.enabled
  const { problem } = devices
  const none = !camera && !devices.track('audio')
  write(byId('preview-note'), !none ? say(camera ? 'cameraOff' : 'noCamera') : say(problem ? 'noDevices' : 'asking'))
  byId('preview-note').hidden = !!camera?.enabled
  showSwitch(byId('lobby-mic'), devices.track('audio'), say('mute'), say('unmute'))
  showSwitch(byId('lobby-camera'), camera, say('stopCamera'), say('startCamera'))
}

/**
 * A button that holds a device back while it is pressed.
 * @param {HTMLButtonElement} button
 * @param {MediaStreamTrack | null} track
 * @param {string} off
 * @param {string} on
 */
export function showSwitch(button, track, off, on) {
  const held = !!track && !track.enabled
  button.disabled = !track
  button.ariaPressed = String(held)
  const text = held ? on : off
  const label = button.querySelector('span')
  if (label) write(label, text)
  button.ariaLabel = off // what the pressed state is of
  button.title = text
}
