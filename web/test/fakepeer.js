/** A stand-in for RTCPeerConnection, as far as the SDK uses it: descriptions are names. */

/** @type {FakePeerConnection[]} all that have been made */
export const connections = []

export class FakePeerConnection extends EventTarget {
  signalingState = 'stable'
  connectionState = 'new'
  /** @type {any} */ localDescription = null
  /** @type {any} */ remoteDescription = null
  /** @type {any} */ onnegotiationneeded = null
  /** @type {any} */ onicecandidate = null
  /** @type {any} */ onconnectionstatechange = null
  /** @type {any} */ onsignalingstatechange = null
  /** @type {any[]} */ candidates = []
  /** @type {string[]} */ done = []
  /** @type {any[]} */ #transceivers = []
  /** Setting a remote answer, or refusing a late candidate, takes until this is called. @type {(() => void) | null} */
  release = null
  holdAnswers = false
  #offers = 0
  #needed = false

  /** @param {any} configuration */
  constructor(configuration) {
    super()
    this.configuration = configuration
    connections.push(this)
  }

  getConfiguration = () => this.configuration
  setConfiguration = (/** @type {any} */ configuration) => void (this.configuration = configuration)
  getTransceivers = () => this.#transceivers
  restartIce = () => void this.done.push('restartIce')
  close = () => void this.done.push('close')

  addTransceiver = (/** @type {string} */ kind) => {
    this.#transceivers.push({ receiver: { track: { kind } }, sender: { track: null }, direction: 'recvonly' })
    if (this.#needed) return
    this.#needed = true
    queueMicrotask(() => {
      this.#needed = false
      this.onnegotiationneeded?.()
    })
  }

  createDataChannel = (/** @type {string} */ label) => ({ label, readyState: 'connecting', sent: [] })

  async setLocalDescription() {
    const answers = this.signalingState === 'have-remote-offer'
    await Promise.resolve()
    this.localDescription = answers ? { type: 'answer', sdp: `answer to ${this.remoteDescription.sdp}` } : { type: 'offer', sdp: `offer ${++this.#offers}` }
    this.#turn(answers ? 'stable' : 'have-local-offer')
  }

  /** @param {any} description */
  async setRemoteDescription(description) {
    if (description.type === 'answer' && this.holdAnswers) await new Promise((resolve) => (this.release = () => resolve(undefined)))
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') throw new Error('InvalidStateError')
    if (description.type === 'offer' && this.signalingState === 'have-local-offer') this.done.push('rollback')
    this.remoteDescription = description
    this.#turn(description.type === 'offer' ? 'have-remote-offer' : 'stable')
  }

  /** @param {any} candidate */
  async addIceCandidate(candidate) {
    if (candidate?.candidate === 'late') await new Promise((resolve) => (this.release = () => resolve(undefined)))
    if (candidate?.candidate === 'bad' || candidate?.candidate === 'late') throw new Error('OperationError')
    this.candidates.push(candidate)
  }

  /** @param {string} state */
  become(state) {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }

  /** @param {string} state */
  #turn(state) {
    this.signalingState = state
    this.onsignalingstatechange?.()
  }
}
