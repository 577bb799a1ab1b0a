import { Emitter } from '../sdk/emitter.js'

/**
 * What keeps camera and microphone from being used: the page is not a secure context, the
 * person or the system said no, there is none, another program has it, or something else.
 * @typedef {'Insecure' | 'Denied' | 'Missing' | 'Busy' | 'Unknown'} Problem
 * @typedef {'audio' | 'video'} Kind
 */

const picture = { width: { ideal: 1280 }, height: { ideal: 720 } }

/**
 * Camera and microphone: at most one of each, open from the start; switched off they send
 * black and silence.
 * @extends {Emitter<{ change: {}, track: { kind: Kind, old: MediaStreamTrack | null, track: MediaStreamTrack | null }, gone: { label: string } }>}
 */
export class Devices extends Emitter {
  stream = new MediaStream()
  /** @type {Problem | null} */
  problem = null
  /** @type {MediaDeviceInfo[]} */
  list = []

  constructor() {
    super()
    navigator.mediaDevices?.addEventListener('devicechange', () => this.#look())
  }

  /** @param {Kind} kind @returns {MediaStreamTrack | null} */
  track(kind) {
    return this.stream.getTracks().find((track) => track.kind === kind) ?? null
  }

  /** @param {Kind} kind */
  isOn(kind) {
    return this.track(kind)?.enabled ?? false
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

  stop() {
    for (const track of this.stream.getTracks()) track.stop()
  }

  /** @param {MediaStreamTrack} track */
  #use(track) {
    const kind = /** @type {Kind} */ (track.kind)
    const old = this.track(kind)
    if (old) {
      track.enabled = old.enabled
      old.onended = null
      old.stop()
      this.stream.removeTrack(old)
    }
    track.onended = () => this.#ended(kind, track)
    this.stream.addTrack(track)
    this.emit('track', { kind, old, track })
  }

  /**
   * Unplugged: another one of its kind takes over, if there is one.
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   */
  async #ended(kind, track) {
    this.emit('gone', { label: track.label })
    const { stream } = await ask([{ audio: false, video: false, [kind]: true }])
    const [next] = stream?.getTracks() ?? []
    if (next) return this.#use(next)
    this.stream.removeTrack(track)
    this.emit('track', { kind, old: track, track: null })
    this.emit('change', {})
  }

  async #look() {
    this.list = (await navigator.mediaDevices?.enumerateDevices()) ?? []
    this.emit('change', {})
  }
}

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
