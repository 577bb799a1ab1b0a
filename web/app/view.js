import { endingWords, problemWords, soundWords, statusWords, words } from './words.js'

/** @template {HTMLElement} [T=HTMLElement] @param {string} id */
const element = (id) => /** @type {T} */ (document.getElementById(id))

/** @type {HTMLVideoElement} */
const remote = element('remote')
/** @type {HTMLVideoElement} */
const local = element('local')

/** What can be pressed. */
export const controls = {
  /** @type {HTMLButtonElement} */ microphone: element('microphone'),
  /** @type {HTMLButtonElement} */ camera: element('camera'),
  hangUp: element('hang-up'),
  again: element('again'),
}

/** @param {string} text @param {'good' | 'busy' | 'bad' | 'quiet'} tone */
export function showStatus(text, tone) {
  const status = element('status')
  status.dataset.tone = tone
  if (status.textContent !== text) status.textContent = text // saying it again would be read out again
}

/** @param {import('./call.js').CallState} state */
export function showCall(state) {
  const { text, tone } = statusWords(state)
  showStatus(text, tone)
  document.body.dataset.stage = state.alone || state.media === 'joining' ? 'lobby' : 'call'
  showPartner(state)
}

/** @param {import('./call.js').CallState} state */
function showPartner({ partner, media }) {
  const { camera = true, microphone = true } = partner?.profile ?? {}
  const note = element('remote-note')
  note.textContent = camera ? (microphone ? '' : words.partnerMuted) : microphone ? words.partnerNoCamera : words.partnerNothing
  note.hidden = !partner || !note.textContent
  note.dataset.place = camera ? 'corner' : 'middle'
  remote.hidden = !camera || !remote.srcObject || media === 'waiting'
}

/** @param {MediaStream | null} stream */
export function showRemote(stream) {
  if (remote.srcObject === stream) return
  remote.srcObject = stream
  remote.hidden = !stream
  if (!stream) return
  remote.requestVideoFrameCallback?.(() => performance.mark('parley:first-frame'))
  remote.play().catch((error) => {
    if (error.name === 'NotAllowedError') playSilently()
  })
}

/** Without a camera in use a page may only play sound after a click. */
async function playSilently() {
  remote.muted = true
  await remote.play().catch(() => {})
  showNotice('sound', soundWords, () => (remote.muted = false))
}

/** @param {MediaStream | null} stream */
export function showLocal(stream) {
  const [audio] = stream?.getAudioTracks() ?? []
  const [video] = stream?.getVideoTracks() ?? []
  if (local.srcObject !== stream) local.srcObject = stream
  local.hidden = !video?.enabled
  element('self-note').textContent = !video ? words.noCamera : video.enabled ? words.you : words.cameraStopped
  for (const [button, track] of /** @type {const} */ ([[controls.microphone, audio], [controls.camera, video]])) {
    button.disabled = !track
    button.ariaPressed = String(!!track && !track.enabled)
  }
}

/** @param {import('./media.js').Problem} problem @param {() => void} retry */
export function showProblem(problem, retry) {
  showNotice('devices', problemWords[problem], retry)
}

/**
 * Shows a notice until it is acted on.
 * @param {'devices' | 'sound'} id
 * @param {{ text: string, action: string }} what
 * @param {() => void} act
 */
function showNotice(id, { text, action }, act) {
  const notice = element(id)
  const [said, button] = /** @type {[HTMLElement, HTMLElement]} */ (/** @type {unknown} */ (notice.children))
  said.textContent = text
  button.textContent = action
  button.hidden = !action
  button.onclick = () => {
    notice.hidden = true
    act()
  }
  notice.hidden = false
}

/** @param {string} link */
export function showLink(link) {
  /** @type {HTMLInputElement} */
  const field = element('link')
  const copy = element('copy')
  const label = copy.textContent
  field.value = link
  field.onfocus = () => field.select()
  copy.onclick = async () => {
    copy.textContent = (await copyText(field)) ? words.copied : words.copyByHand
    setTimeout(() => (copy.textContent = label), 2000)
  }
}

/** @param {HTMLInputElement} field */
async function copyText(field) {
  field.select()
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    return document.execCommand('copy') // not a secure context: the old way still works
  }
}

/** @param {string} reason @param {string} said */
export function showOver(reason, said) {
  const { title, text, again } = endingWords(reason, said)
  showStatus(title, reason === 'leave' ? 'quiet' : 'bad')
  element('over-title').textContent = title
  element('over-text').textContent = text
  controls.again.textContent = again
  showRemote(null)
  document.body.dataset.stage = 'over'
  element('over-title').focus()
}
