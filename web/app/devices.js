import { Emitter } from '../sdk/emitter.js'

/**
 * What keeps camera and microphone from being used: the page is not a secure context, the
 * person or the system said no, there is none, another program has it, or something else.
 * @typedef {'Insecure' | 'Denied' | 'Missing' | 'Busy' | 'Unknown'} Problem
 * @typedef {'audio' | 'video'} Kind
 */

const picture = { width: { ideal: 1280 }, height: { ideal: 720 } }

/** Whether this browser lets a page choose where it sounds. */
const speakers = 'setSinkId' in HTMLMediaElement.prototype

/**
 * @typedef {object} DeviceEvents
 * @property {{}} change of the devices that there are, or are used
 * @property {{ kind: Kind, old: MediaStreamTrack | null, track: MediaStreamTrack | null }} track
 * @property {{ kind: Kind, label: string, next: string, problem: Problem | null }} gone a device was
 *   unplugged, or taken away by the person; `next` is used instead, '': nothing, because of `problem`
 * @property {{ kind: Kind, id: string, label: string }} came one where there is none in use
 * @property {{ id: string }} speaker where to sound from now on
 */

/**
 * Camera and microphone: at most one of each, open from the start; switched off they send
 * black and silence. And the loudspeaker, where there is a choice.
 * @extends {Emitter<DeviceEvents>}
 */
export class Devices extends Emitter {
  stream = new MediaStream()
  /** @type {Problem | null} */
  problem = null
  /** @type {MediaDeviceInfo[]} */
  list = []
  /** Id of the loudspeaker; '': the system's own. */
  speaker = (speakers && localStorage.getItem('parley:speaker')) || ''
  /** What begins switched off. @type {Set<string>} */
  #off

  /** @param {string[]} [off] kinds that begin switched off */
  constructor(off = []) {
    super()
    this.#off = new Set(off)
    navigator.mediaDevices?.addEventListener('devicechange', () => this.#changed())
  }

  /** @param {Kind} kind @returns {MediaStreamTrack | null} */
  track(kind) {
    return this.stream.getTracks().find((track) => track.kind === kind) ?? null
  }

  /** @param {Kind} kind */
  isOn(kind) {
    return this.track(kind)?.enabled ?? false
  }

  /** Kinds that are switched off. */
  get off() {
    return this.stream.getTracks().filter((track) => !track.enabled).map(({ kind }) => kind)
  }

  /** @param {Kind} kind */
  toggle(kind) {
    const track = this.track(kind)
    if (track) track.enabled = !track.enabled
    this.emit('change', {})
  }

  /** Asks for both, and makes do with one of them, or says why there is none. */
  async open() {
    const { stream, problem } = await ask([{ audio: chosen('audio'), video: chosen('video') }, { audio: true, video: false }, { audio: false, video: picture }])
    this.problem = problem
    for (const track of stream?.getTracks() ?? []) this.#use(track)
    await this.#look()
  }

  /**
   * Takes another device.
   * @param {Kind} kind
   * @param {string} id
   */
  async choose(kind, id) {
    localStorage.setItem(`parley:${kind}`, id)
    const { stream, problem } = await ask([{ audio: false, video: false, [kind]: chosen(kind) }])
    const [track] = stream?.getTracks() ?? []
    this.problem = problem
    if (track) this.#use(track)
    this.emit('change', {})
  }

  /** @param {string} id of a loudspeaker; '': the system's own */
  sound(id) {
    localStorage.setItem('parley:speaker', id)
    this.#sound(id)
  }

  stop() {
    for (const track of this.stream.getTracks()) track.stop()
  }

  /** @param {MediaStreamTrack} track */
  #use(track) {
    const kind = /** @type {Kind} */ (track.kind)
    const old = this.track(kind)
    track.enabled = old ? old.enabled : !this.#off.has(kind)
    this.#off.delete(kind)
    if (old) {
      old.onended = null
      old.stop()
      this.stream.removeTrack(old)
    }
    track.onended = () => this.#ended(kind, track)
    this.stream.addTrack(track)
    this.emit('track', { kind, old, track })
  }

  /**
   * Unplugged, or not allowed any more: another one of its kind takes over, if there is one.
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   */
  async #ended(kind, track) {
    const { stream, problem } = await ask([{ audio: false, video: false, [kind]: kind === 'video' ? picture : true }])
    const [next] = stream?.getTracks() ?? []
    if (next) this.#use(next)
    else {
      if (!track.enabled) this.#off.add(kind) // so is the one that will take its place
      this.stream.removeTrack(track)
      this.emit('track', { kind, old: track, track: null })
    }
    this.emit('gone', { kind, label: track.label, next: next?.label ?? '', problem })
    await this.#look()
  }

  async #changed() {
    const before = new Set(this.list.map(idOf))
    await this.#look()
    for (const kind of /** @type {Kind[]} */ (['video', 'audio'])) {
      const fresh = this.list.find((d) => d.kind === `${kind}input` && d.deviceId && !before.has(idOf(d)))
      if (fresh && !this.track(kind)) this.emit('came', { kind, id: fresh.deviceId, label: fresh.label })
    }
  }

  async #look() {
    this.list = (await navigator.mediaDevices?.enumerateDevices()) ?? []
    const outputs = this.list.filter((d) => d.kind === 'audiooutput' && d.deviceId)
    if (outputs.length && this.speaker && !outputs.some((d) => d.deviceId === this.speaker)) this.#sound('') // it may be plugged in again
    this.emit('change', {})
  }

  /** @param {string} id */
  #sound(id) {
    this.speaker = id
    this.emit('speaker', { id })
    this.emit('change', {})
  }
}

/** @param {MediaDeviceInfo} device */
const idOf = ({ kind, deviceId }) => kind + deviceId

/** @param {Kind} kind @returns {MediaTrackConstraints | boolean} */
function chosen(kind) {
  const deviceId = localStorage.getItem(`parley:${kind}`)
  const wish = kind === 'video' ? picture : {}
  return deviceId ? { ...wish, deviceId: { ideal: deviceId } } : kind === 'video' ? picture : true
}

/**
 * The first of the wishes that can be had.
 * @param {MediaStreamConstraints[]} wishes
 * @returns {Promise<{ stream: MediaStream | null, problem: Problem | null }>}
 */
async function ask(wishes) {
  if (!navigator.mediaDevices) return { stream: null, problem: 'Insecure' }
  /** @type {Problem} */
  let problem = 'Unknown'
  for (const wish of wishes) {
    try {
      return { stream: await navigator.mediaDevices.getUserMedia(wish), problem: null }
    } catch (error) {
      const found = problemOf(error)
      if (found === 'Denied') return { stream: null, problem: found }
      if (problem !== 'Busy') problem = found // a device in use says more than one that is not there
    }
  }
  return { stream: null, problem }
}

/** @param {unknown} error @returns {Problem} */
function problemOf(error) {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'Denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'Missing'
    case 'NotReadableError':
    case 'AbortError':
      return 'Busy'
    default:
      return 'Unknown'
  }
}
