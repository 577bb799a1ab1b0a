/**
 * @typedef {object} Description What `offer` and `answer` carry: a session description, and
 *   which of the connections that two members may have had one after the other it belongs to.
 * @property {RTCSdpType} type
 * @property {string} sdp
 * @property {string} [by] the connection that it describes
 * @property {string} [for] the one at the other end, as soon as that has told its name
 */

/**
 * @typedef {object} Wires What a negotiation is connected to.
 * @property {RTCPeerConnection} pc
 * @property {boolean} polite
 * @property {boolean} held our own offers wait until the other side has made the first
 * @property {boolean} again there may be signals under way that were meant for a connection before this one
 * @property {(event: 'offer' | 'answer' | 'candidate', data: any) => void} send
 * @property {(error: unknown) => void} fail
 */

/**
 * The W3C's perfect negotiation (WebRTC 1.0, section 10.7), names as there: either side may
 * change anything at any time, and when two offers cross the impolite side's one counts. In
 * addition every description names its connection, so that those of a page that has since
 * been reloaded are told apart.
 */
export class Negotiation {
  #wires
  #makingOffer = false
  #ignoreOffer = false
  #isSettingRemoteAnswerPending = false

  #name = Math.random().toString(36).slice(2, 10)
  #theirs = ''
  #held
  #heldBack = false
  #foreign

  /** @param {Wires} wires */
  constructor(wires) {
    this.#wires = wires
    this.#held = wires.held
    this.#foreign = wires.again
    wires.pc.onnegotiationneeded = () => (this.#held ? (this.#heldBack = true) : this.#offer())
    wires.pc.onicecandidate = ({ candidate }) => wires.send('candidate', candidate?.toJSON() ?? null)
  }

  /**
   * Whether a signal starts a connection anew, at the other end, that is established with this
   * one: that cannot be had without a new connection here, too.
   * @param {string} event
   * @param {Description} data
   */
  supersedes(event, data) {
    return event === 'offer' && !!data?.by && !!this.#theirs && data.by !== this.#theirs && !this.#isForeign(data)
  }

  /**
   * Takes a signal of the other side. Errors go to `fail`.
   * @param {string} event
   * @param {any} data
   */
  async take(event, data) {
    try {
      if (event === 'offer' || event === 'answer') await this.#description(data)
      else if (event === 'candidate') await this.#candidate(data)
    } catch (error) {
      this.#wires.fail(error)
    }
  }

  /** Says the present description once more: it may have been lost. */
  repeat() {
    const { localDescription } = this.#wires.pc
    if (!localDescription) return
    const { type, sdp } = localDescription
    /** @type {Description} */
    const description = { type, sdp, by: this.#name }
    if (this.#theirs) description.for = this.#theirs
    this.#wires.send(/** @type {'offer' | 'answer'} */ (type), description)
  }

  /** The other side's first offer does not come: makes one where there is something to offer. */
  release() {
    this.#held = false
    if (this.#heldBack) this.#offer()
  }

  async #offer() {
    try {
      this.#makingOffer = true
      await this.#wires.pc.setLocalDescription()
      this.repeat()
    } catch (error) {
      this.#wires.fail(error)
    } finally {
      this.#makingOffer = false
    }
  }

  /** @param {Description} description */
  async #description(description) {
    const { pc, polite } = this.#wires
    const isOffer = description.type === 'offer'
    this.#foreign = this.#isForeign(description)
    if (this.#foreign) return
    const readyForOffer = !this.#makingOffer && (pc.signalingState === 'stable' || this.#isSettingRemoteAnswerPending)
    this.#ignoreOffer = !polite && isOffer && !readyForOffer
    if (this.#ignoreOffer) return
    if (!isOffer && pc.signalingState !== 'have-local-offer') return // the answer to an offer that was repeated
    this.#isSettingRemoteAnswerPending = !isOffer
    try {
      await pc.setRemoteDescription(/** @type {RTCSessionDescriptionInit} */ (description)) // rolls a polite side's own offer back
    } finally {
      this.#isSettingRemoteAnswerPending = false
    }
    this.#theirs = description.by ?? ''
    this.#held = false
    if (!isOffer) return
    await pc.setLocalDescription()
    this.repeat()
  }

  /** @param {RTCIceCandidateInit | null} candidate null ends them */
  async #candidate(candidate) {
    const unwanted = this.#ignoreOffer || this.#foreign // as of now: an answer that comes next may change both before this one is refused
    try {
      await this.#wires.pc.addIceCandidate(candidate)
    } catch (error) {
      if (!unwanted) throw error
    }
  }

  /** @param {Description} description */
  #isForeign(description) {
    return !!description.for && description.for !== this.#name
  }
}
