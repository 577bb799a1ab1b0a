/**
 * A WebRTC peer connection to one member of a room, by perfect negotiation (W3C WebRTC 1.0,
 * section 10.7): either side may change anything at any time, and glare sorts itself out.
 *
 *     room.on('member', ({ change, member }) => {
 *       if (change !== 'joined') return
 *       const peer = new Peer(room, member, { stream })
 *       peer.on('track', ({ streams }) => (video.srcObject = streams[0]))
 *     })
 */

import { Emitter } from './emitter.js'

/** Milliseconds after which a connection that is not up is in trouble: ICE may hang for ever. */
const patience = 15_000

/**
 * `reconnecting`: it was up before. `failed`: no way has been found for 15 s; it is tried on.
 * @typedef {'connecting' | 'connected' | 'reconnecting' | 'failed' | 'closed'} PeerState
 */

/**
 * @typedef {object} PeerEvents
 * @property {{ track: MediaStreamTrack, streams: readonly MediaStream[], receiver: RTCRtpReceiver }} track
 * @property {{ channel: RTCDataChannel }} datachannel
 * @property {{ state: PeerState }} state
 * @property {unknown} error of the negotiation; it goes on all the same
 */

/**
 * @typedef {object} PeerOptions
 * @property {MediaStream | null} [stream] sent from the start
 * @property {('audio' | 'video')[]} [receive] kinds wanted although none is sent; default both
 * @property {RTCConfiguration} [configuration] the engine's ICE servers are added where it names none
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 */

/**
 * Of a pair the newcomer, who has the larger `since`, makes the first offer and is polite.
 * That is settled here, at construction, for the connection's life. Construct it, and add
 * tracks and channels, in the very handler that tells of the member: the other side's first
 * signal comes right after.
 * @extends {Emitter<PeerEvents>}
 */
export class Peer extends Emitter {
  // Static after construction.
  #room
  #clock
  #end = new AbortController()

  // Of the negotiation (names as in the W3C's example).
  #makingOffer = false
  #ignoreOffer = false
  #srdAnswerPending = false
  /** The older side's own offers wait until the newcomer's first. */
  #held
  #heldBack = false

  // Of the connection's health.
  #wasUp = false
  #stalled = false
  #attempts = 0
  /** @type {any} */
  #timer = null

  /**
   * @param {import('./room.js').Room} room joined
   * @param {import('./types.js').Member} member
   * @param {PeerOptions} [options]
   */
  constructor(room, member, { stream = null, receive = ['audio', 'video'], configuration = {}, ...inject } = {}) {
    super()
    if (!room.self) throw new Error('a peer needs a room that has been joined')
    const Connection = inject.RTCPeerConnection ?? globalThis.RTCPeerConnection
    const { client } = room
    this.#room = room
    this.#clock = client.clock
    /** The one at the other end. An application that recognises it under a new id, as after a
     * restart of the engine, may say so here: the connection itself knows nothing of ids. */
    this.member = member
    this.polite = room.self.since > member.since
    this.#held = !this.polite
    /** @type {PeerState} */
    this.state = 'connecting'
    this.pc = new Connection({ iceServers: client.iceServers, ...configuration })
    this.#watchConnection()
    const { signal } = this.#end
    room.on('event', (e) => e.from === this.member.id && this.#signal(e), { signal })
    room.on('joined', ({ recovered }) => recovered || this.#missed(), { signal })
    if (!configuration.iceServers) client.on('ice', ({ iceServers }) => this.#useServers(iceServers), { signal })
    for (const track of stream?.getTracks() ?? []) this.pc.addTrack(track, /** @type {MediaStream} */ (stream))
    if (this.polite) queueMicrotask(() => this.#ask(receive))
    this.#watchTrouble()
  }

  /**
   * Mends a connection that does not come up, by itself after 15 s without a connection or an
   * answer, and when the connection fails. What may have been lost is said again: an offer
   * without an answer, or at first the last answer, for starting anew from a state that the
   * other side has not reached would leave the two at odds. Else ICE is restarted.
   */
  recover() {
    const { pc } = this
    if (this.state === 'closed') return
    const first = this.#attempts++ === 0
    if (pc.signalingState === 'have-local-offer') this.#say(pc.localDescription)
    else if (first && pc.localDescription?.type === 'answer') this.#say(pc.localDescription)
    else if (pc.remoteDescription) pc.restartIce()
    else if (this.#heldBack) this.#release()
  }

  close() {
    if (this.state === 'closed') return
    this.#end.abort()
    this.#clock.clearTimeout(this.#timer)
    this.pc.close()
    this.#set('closed')
  }

  #watchConnection() {
    const { pc } = this
    pc.onnegotiationneeded = () => (this.#held ? (this.#heldBack = true) : this.#offer())
    pc.onicecandidate = ({ candidate }) => this.#send('candidate', candidate?.toJSON() ?? null)
    pc.onconnectionstatechange = () => this.#changed()
    pc.onsignalingstatechange = () => this.#watchTrouble()
    pc.ontrack = ({ track, streams, receiver }) => this.emit('track', { track, streams, receiver })
    pc.ondatachannel = ({ channel }) => this.emit('datachannel', { channel })
  }

  /**
   * The newcomer's offer has a place for whatever the other side may send.
   * @param {('audio' | 'video')[]} kinds
   */
  #ask(kinds) {
    if (this.state === 'closed') return
    const present = this.pc.getTransceivers().map(({ receiver }) => receiver.track.kind)
    for (const kind of kinds) if (!present.includes(kind)) this.pc.addTransceiver(kind, { direction: 'recvonly' })
  }

  /** The newcomer's first offer has not come: make one. */
  #release() {
    this.#held = false
    this.#offer()
  }

  async #offer() {
    try {
      this.#makingOffer = true
      await this.pc.setLocalDescription()
      this.#say(this.pc.localDescription)
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#makingOffer = false
    }
  }

  /** @param {import('./types.js').RoomEvent} event */
  async #signal({ event, data }) {
    try {
      if (event === 'offer' || event === 'answer') await this.#description(data)
      else if (event === 'candidate') await this.#candidate(data)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** @param {RTCSessionDescriptionInit} description */
  async #description(description) {
    const { pc } = this
    const isOffer = description.type === 'offer'
    const ready = !this.#makingOffer && (pc.signalingState === 'stable' || this.#srdAnswerPending)
    this.#ignoreOffer = !this.polite && isOffer && !ready
    if (this.#ignoreOffer) return
    if (!isOffer && pc.signalingState !== 'have-local-offer') return // the answer to an offer that was repeated
    this.#srdAnswerPending = !isOffer
    try {
      await pc.setRemoteDescription(description) // rolls a polite side's own offer back
    } finally {
      this.#srdAnswerPending = false
    }
    this.#held = false
    if (!isOffer) return
    await pc.setLocalDescription()
    this.#say(pc.localDescription)
  }

  /** @param {RTCIceCandidateInit | null} candidate null ends them */
  async #candidate(candidate) {
    try {
      await this.pc.addIceCandidate(candidate)
    } catch (error) {
      if (!this.#ignoreOffer) throw error
    }
  }

  /** @param {RTCSessionDescription | null} description */
  #say(description) {
    if (description) this.#send(description.type, { type: description.type, sdp: description.sdp })
  }

  /** Signals may have been lost for good: those of a connection that is up were not needed. */
  #missed() {
    if (this.#inTrouble && this.#room.members.has(this.member.id)) this.recover()
  }

  /**
   * What is not delivered is mended by `recover`, which a room that began anew calls for.
   * @param {string} event
   * @param {unknown} data
   */
  #send(event, data) {
    if (this.state === 'closed') return
    this.#room.send(event, data, { to: this.member.id, timeout: 0 }).catch((error) => this.#fail(error))
  }

  #changed() {
    const { connectionState } = this.pc
    if (connectionState === 'connected') {
      this.#wasUp = true
      this.#stalled = false
      this.#attempts = 0
    }
    this.#show()
    this.#watchTrouble()
    if (connectionState === 'failed') this.recover()
  }

  #show() {
    const { connectionState } = this.pc
    if (connectionState === 'connected') this.#set('connected')
    else if (connectionState === 'failed' || this.#stalled) this.#set('failed')
    else this.#set(this.#wasUp ? 'reconnecting' : 'connecting')
  }

  /** Not up, or an offer without an answer. */
  get #inTrouble() {
    return this.state !== 'connected' || this.pc.signalingState === 'have-local-offer'
  }

  /** ICE may stay in `checking` or `disconnected` without ever failing: this has its own patience. */
  #watchTrouble() {
    this.#clock.clearTimeout(this.#timer)
    if (this.state === 'closed' || !this.#inTrouble) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#stalled = this.state !== 'connected'
      this.#show()
      this.recover()
      this.#watchTrouble()
    }, patience)
  }

  /** @param {RTCIceServer[]} iceServers */
  #useServers(iceServers) {
    this.pc.setConfiguration({ ...this.pc.getConfiguration(), iceServers })
  }

  /** @param {unknown} error */
  #fail(error) {
    if (this.state !== 'closed') this.emit('error', error)
  }

  /** @param {PeerState} state */
  #set(state) {
    if (state === this.state) return
    this.state = state
    this.emit('state', { state })
  }
}
