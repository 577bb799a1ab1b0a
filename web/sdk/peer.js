import { Emitter } from './emitter.js'
import { Negotiation } from './negotiation.js'
import { Tracks } from './tracks.js'

/** Milliseconds after which a connection that is not up is in trouble: ICE may hang for ever. */
const patience = 15_000

/** The same for one that was up and has been interrupted: another network, most likely. */
const patienceOnceUp = 4_000

/**
 * `reconnecting`: it was up before. `failed`: no way has been found for 15 s; it is tried on.
 * @typedef {'connecting' | 'connected' | 'reconnecting' | 'failed' | 'closed'} PeerState
 */

/**
 * @typedef {object} PeerEvents
 * @property {{ track: MediaStreamTrack, streams: readonly MediaStream[], receiver: RTCRtpReceiver }} track
 *   the other side sends something
 * @property {{ track: MediaStreamTrack, stream: MediaStream }} untrack the other side has removed a track from a stream
 * @property {{ channel: RTCDataChannel }} open one of `channels` is open
 * @property {{ label: string, data: any }} message over one of `channels`; binary data as an ArrayBuffer
 * @property {{ channel: RTCDataChannel }} datachannel the other side has opened one besides
 * @property {{ state: PeerState }} state
 * @property {{ signal: Signal }} superseded the other side has begun anew, its page was reloaded: this
 *   connection is closed. Make another one, and hand it the signal as `signals: [signal]`
 * @property {unknown} error of the negotiation; it goes on all the same
 */

/**
 * @typedef {{ event: string, data: any }} Signal An `offer`, `answer` or `candidate`.
 */

/**
 * @typedef {object} PeerOptions
 * @property {MediaStream | null} [stream] sent from the start
 * @property {('audio' | 'video')[]} [receive] kinds wanted although none is sent; default both
 * @property {string[]} [channels] labels of data channels, the same list on both sides, first of all others
 * @property {RTCConfiguration} [configuration] the engine's ICE servers are added where it names none
 * @property {boolean} [lead] make an offer at once although the other one is the newcomer: for a
 *   page that has come back to a membership without the connection that it had
 * @property {Signal[]} [signals] of the other side, that came before this was made
 * @property {typeof RTCPeerConnection} [RTCPeerConnection]
 */

/**
 * A WebRTC peer connection to one member of a room, by perfect negotiation.
 *
 * Of a pair the newcomer, who has the larger `since`, makes the first offer and is polite.
 * That is settled here, at construction, for the connection's life. Construct it, and add
 * tracks and channels, in the very handler that tells of the member: the other side's first
 * signal comes right after. `Mesh` does that for everybody in a room.
 * @extends {Emitter<PeerEvents>}
 */
export class Peer extends Emitter {
  // Static after construction.
  #room
  #clock
  #receive
  #negotiation
  #tracks
  #end = new AbortController()

  // Of the connection's health.
  #wasUp = false
  #stalled = false
  #attempts = 0
  /** @type {any} */
  #timer = null
  /** @type {WeakSet<MediaStream>} */
  #watched = new WeakSet()

  /**
   * @param {import('./room.js').Room} room joined
   * @param {import('./types.js').Member} member
   * @param {PeerOptions} [options]
   */
  constructor(room, member, { stream = null, receive = ['audio', 'video'], channels = [], configuration = {}, lead = false, signals = [], ...inject } = {}) {
    super()
    if (!room.self) throw new Error('a peer needs a room that has been joined')
    const Connection = inject.RTCPeerConnection ?? globalThis.RTCPeerConnection
    const { client } = room
    this.#room = room
    this.#clock = client.clock
    this.#receive = receive
    /** The one at the other end. An application that recognises it under a new id, as after a
     * restart of the engine, may say so here: the connection itself knows nothing of ids. */
    this.member = member
    this.polite = room.self.since > member.since
    /** @type {PeerState} */
    this.state = 'connecting'
    /** For everything that this class has no word for. */
    this.pc = new Connection({ iceServers: client.iceServers, ...configuration })
    this.#tracks = new Tracks(this.pc)
    const offers = (this.polite || lead) && !signals.length
    this.#negotiation = new Negotiation({
      pc: this.pc, polite: this.polite, held: !this.polite && !lead, again: lead,
      send: (event, data) => this.#send(event, data),
      fail: (error) => this.#fail(error),
    })
    this.#watchConnection()
    /** Those of the option, by label. @type {ReadonlyMap<string, RTCDataChannel>} */
    this.channels = new Map(channels.map((label, id) => [label, this.#channel(label, id)]))
    const { signal } = this.#end
    room.on('event', (e) => e.from === this.member.id && this.#signal(e), { signal })
    room.on('joined', ({ recovered }) => recovered || this.#missed(), { signal })
    if (!configuration.iceServers) client.on('ice', (servers) => this.configure(servers), { signal })
    for (const track of stream?.getTracks() ?? []) this.addTrack(track, /** @type {MediaStream} */ (stream))
    queueMicrotask(() => this.#begin(offers, signals))
    this.#watchTrouble()
  }

  /**
   * Sends a track from now on.
   * @param {MediaStreamTrack} track
   * @param {MediaStream[]} streams that it belongs to at the other side
   */
  addTrack(track, ...streams) {
    this.#tracks.add(track, streams)
  }

  /** Sends it no more, which the other side is told. @param {MediaStreamTrack} track */
  removeTrack(track) {
    this.#tracks.remove(track)
  }

  /**
   * Sends another in a track's place, of the same kind, at once and without negotiation: a
   * screen for a camera.
   * @param {MediaStreamTrack} track
   * @param {MediaStreamTrack | null} by null: nothing, for now
   */
  replaceTrack(track, by) {
    return this.#tracks.replace(track, by)
  }

  /**
   * Changes parts of the configuration, as `iceServers` or `iceTransportPolicy`, of which ICE
   * makes use when it is restarted.
   * @param {RTCConfiguration} configuration
   */
  configure(configuration) {
    this.pc.setConfiguration({ ...this.pc.getConfiguration(), ...configuration })
  }

  /** Looks for a new way between the two; what is running runs on meanwhile. */
  restartIce() {
    this.pc.restartIce()
  }

  /**
   * Mends a connection that does not come up, by itself after 15 s without a connection or an
   * answer (4 s where it was up before), and when the connection fails. What may have been lost
   * is said again: an offer without an answer, or at first the last answer, for starting anew
   * from a state that the other side has not reached would leave the two at odds. Else ICE is
   * restarted.
   */
  recover() {
    const { pc } = this
    if (this.state === 'closed') return
    const first = this.#attempts++ === 0
    if (pc.signalingState === 'have-local-offer') this.#negotiation.repeat()
    else if (first && !this.#wasUp && pc.localDescription?.type === 'answer') this.#negotiation.repeat()
    else if (pc.remoteDescription) pc.restartIce()
    else {
      this.#negotiation.release()
      this.#ask()
    }
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
    pc.onconnectionstatechange = () => this.#changed()
    pc.onsignalingstatechange = () => this.#watchTrouble()
    pc.ontrack = ({ track, streams, receiver }) => {
      streams.forEach((stream) => this.#watchStream(stream))
      this.emit('track', { track, streams, receiver })
    }
    pc.ondatachannel = ({ channel }) => this.emit('datachannel', { channel })
  }

  /** @param {MediaStream} stream of the other side */
  #watchStream(stream) {
    if (this.#watched.has(stream)) return
    this.#watched.add(stream)
    stream.addEventListener('removetrack', ({ track }) => this.emit('untrack', { track, stream }), { signal: this.#end.signal })
  }

  /**
   * @param {string} label
   * @param {number} id agreed on by both sides, so that no side needs to open it
   */
  #channel(label, id) {
    const channel = this.pc.createDataChannel(label, { negotiated: true, id })
    channel.binaryType = 'arraybuffer'
    channel.onopen = () => this.emit('open', { channel })
    channel.onmessage = ({ data }) => this.emit('message', { label, data })
    return channel
  }

  /**
   * @param {boolean} offers
   * @param {Signal[]} signals
   */
  #begin(offers, signals) {
    if (this.state === 'closed') return
    if (offers) this.#ask()
    for (const signal of signals) this.#signal(signal)
  }

  /** The first offer has a place for whatever the other side may send. */
  #ask() {
    const present = this.pc.getTransceivers().map(({ receiver }) => receiver.track.kind)
    for (const kind of this.#receive) if (!present.includes(kind)) this.pc.addTransceiver(kind, { direction: 'recvonly' })
  }

  /** @param {Signal} signal */
  #signal({ event, data }) {
    if (!this.#negotiation.supersedes(event, data)) return this.#negotiation.take(event, data)
    this.close()
    this.emit('superseded', { signal: { event, data } })
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
    const once = this.state === 'reconnecting' && this.#attempts === 0
    this.#timer = this.#clock.setTimeout(() => this.#troubled(!once), once ? patienceOnceUp : patience)
  }

  /** @param {boolean} stalled */
  #troubled(stalled) {
    this.#stalled = stalled && this.state !== 'connected'
    this.#show()
    this.recover()
    this.#watchTrouble()
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
