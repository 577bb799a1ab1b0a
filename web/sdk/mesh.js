import { Emitter } from './emitter.js'
import { Peer } from './peer.js'

/** Signals kept of a member whose peer is not there yet. */
const maxEarly = 256

/** Why a membership ended that was meant to: no way back is waited for. */
const meant = new Set(['leave', 'kicked'])

/**
 * @typedef {import('./types.js').Member} Member
 */

/**
 * @typedef {object} MeshEvents
 * @property {{ peer: Peer }} peer a connection has been made, and is not up yet: the moment to listen to it
 * @property {{ peer: Peer, reason: string }} gone it is closed: `leave` `kicked` `timeout` … as of the member;
 *   `replaced`: another `peer` to the same person follows; `closed`: the mesh is
 * @property {{ peer: Peer, state: import('./peer.js').PeerState }} state
 * @property {{ peer: Peer, track: MediaStreamTrack, streams: readonly MediaStream[] }} track the other side sends something
 * @property {{ peer: Peer, track: MediaStreamTrack, stream: MediaStream }} untrack the other side sends it no more
 * @property {{ peer: Peer, channel: RTCDataChannel }} open one of `channels` is open
 * @property {{ peer: Peer, label: string, data: any }} message over one of `channels`
 * @property {{ peer: Peer, channel: RTCDataChannel }} datachannel the other side has opened one besides
 * @property {{ peer: Peer, error: unknown }} error of a negotiation; it goes on all the same
 */

/**
 * @typedef {object} MeshFields
 * @property {(member: Member) => boolean} [accept] with whom; default everybody. Asked again at every
 *   change of the member, and by `refresh()`
 * @property {(member: Member) => unknown} [identify] who a member is where ids do not last, as over a
 *   restart of the engine; default `profile.person`. Without it such a call is made anew
 *
 * @typedef {Pick<import('./peer.js').PeerOptions, 'stream' | 'receive' | 'channels' | 'configuration' | 'RTCPeerConnection'> & MeshFields} MeshOptions
 */

/**
 * Peer connections to everybody in a room, made as members come and closed as they go.
 * Construct it before the join, or right after it.
 * @extends {Emitter<MeshEvents>}
 */
export class Mesh extends Emitter {
  // Static after construction.
  #room
  #options
  #end = new AbortController()

  // What everybody is sent.
  /** @type {Map<MediaStreamTrack, MediaStream[]>} */
  #tracks = new Map()
  #configuration

  // Who there is.
  /** @type {Map<string, Peer>} by member id, an old one where the member has vanished */
  #peers = new Map()
  /** @type {Map<string, import('./peer.js').Signal[]>} of members without a peer, from their last offer on */
  #early = new Map()
  /** @type {Map<Peer, any>} timers of those whose member has vanished and may come back as another */
  #lost = new Map()

  /**
   * @param {import('./room.js').Room} room
   * @param {MeshOptions} [options]
   */
  constructor(room, options = {}) {
    super()
    this.#room = room
    this.#options = options
    this.#configuration = options.configuration ?? {}
    for (const track of options.stream?.getTracks() ?? []) this.#tracks.set(track, [/** @type {MediaStream} */ (options.stream)])
    const { signal } = this.#end
    room.on('joined', ({ returned }) => this.#joined(returned), { signal })
    room.on('member', ({ change, member, reason }) => (change === 'left' ? this.#left(member, reason ?? '') : this.refresh()), { signal })
    room.on('event', (e) => this.#overhear(e), { signal })
    room.on('left', ({ reason }) => this.close(reason), { signal })
    if (room.state === 'joined') this.#pair(room.returned)
  }

  /** Present connections, by member id. @returns {ReadonlyMap<string, Peer>} */
  get peers() {
    return this.#peers
  }

  /** The tracks that everybody is sent. @returns {MediaStreamTrack[]} */
  get tracks() {
    return [...this.#tracks.keys()]
  }

  /**
   * Sends a track to everybody, and to those who come later.
   * @param {MediaStreamTrack} track
   * @param {MediaStream[]} streams
   */
  addTrack(track, ...streams) {
    this.#tracks.set(track, streams)
    for (const peer of this.#peers.values()) peer.addTrack(track, ...streams)
  }

  /** @param {MediaStreamTrack} track */
  removeTrack(track) {
    this.#tracks.delete(track)
    for (const peer of this.#peers.values()) peer.removeTrack(track)
  }

  /**
   * Sends another in a track's place, of the same kind and without negotiation: a screen for
   * a camera.
   * @param {MediaStreamTrack} track
   * @param {MediaStreamTrack} by
   */
  async replaceTrack(track, by) {
    const streams = this.#tracks.get(track)
    if (!streams) throw new Error('this track is not being sent')
    this.#tracks = new Map([...this.#tracks].map(([t, s]) => [t === track ? by : t, s]))
    await Promise.all([...this.#peers.values()].map((peer) => peer.replaceTrack(track, by)))
  }

  /**
   * Changes parts of everybody's configuration and looks for new ways, while what is running
   * runs on.
   * @param {RTCConfiguration} configuration
   */
  configure(configuration) {
    this.#configuration = { ...this.#configuration, ...configuration }
    for (const peer of this.#peers.values()) {
      peer.configure(configuration)
      peer.restartIce()
    }
  }

  /**
   * Changes parts of everybody's configuration and makes all connections anew with it:
   * `{ iceTransportPolicy: 'relay' }` sends everything through TURN. Chromium does not leave a
   * straight way that works for another policy, not even when ICE is restarted.
   * @param {RTCConfiguration} [configuration]
   */
  renew(configuration = {}) {
    this.#configuration = { ...this.#configuration, ...configuration }
    for (const peer of [...this.#peers.values()]) {
      if (!this.#room.members.has(peer.member.id)) continue // nobody to agree with: what stands is all there is
      this.#part(peer, 'replaced')
      this.#make(peer.member, { lead: true })
    }
  }

  /**
   * Sends over the data channel of that label to all whose is open.
   * @param {string} label one of `channels`
   * @param {any} data a string, ArrayBuffer, view or Blob
   * @returns {string[]} ids of the members that it did not reach, for `room.send(…, { to })`
   */
  send(label, data) {
    const missed = []
    for (const [id, peer] of this.#peers) {
      const channel = peer.channels.get(label)
      if (channel?.readyState === 'open') channel.send(data)
      else missed.push(id)
    }
    return missed
  }

  /** Asks `accept` again about everybody. */
  refresh() {
    if (this.#room.state === 'joined') this.#pair(false)
  }

  /** Closes all connections; the room goes on. */
  close(reason = 'closed') {
    this.#end.abort()
    for (const peer of [...this.#peers.values()]) this.#part(peer, reason)
  }

  /**
   * Connections that stand do so over any return of the membership, whatever became of the
   * ids; those that do not are begun anew by somebody new.
   * @param {boolean} returned
   */
  #joined(returned) {
    const anew = !returned && this.#peers.size > 0
    if (anew) for (const peer of [...this.#peers.values()]) if (peer.state !== 'connected') this.#part(peer, 'replaced')
    this.#pair(returned || anew)
  }

  /**
   * Makes roster and connections agree.
   * @param {boolean} lead whether to offer to members that should have done so, but may not know it
   */
  #pair(lead) {
    const { members } = this.#room
    for (const [id, peer] of [...this.#peers]) if (!members.has(id)) this.#vanished(peer)
    for (const member of members.values()) {
      const peer = this.#peers.get(member.id)
      const accepted = this.#options.accept?.(member) ?? true
      if (peer && !accepted) this.#part(peer, 'closed')
      else if (peer) peer.member = member
      else if (accepted) this.#adopt(member) || this.#make(member, { lead })
    }
  }

  /**
   * @param {Member} member
   * @param {Pick<import('./peer.js').PeerOptions, 'lead' | 'signals'>} how
   */
  #make(member, how) {
    const { receive, channels, RTCPeerConnection } = this.#options
    const signals = how.signals ?? this.#early.get(member.id) ?? []
    this.#early.delete(member.id)
    const peer = new Peer(this.#room, member, { receive, channels, RTCPeerConnection, configuration: this.#configuration, ...how, signals })
    this.#peers.set(member.id, peer)
    for (const [track, streams] of this.#tracks) peer.addTrack(track, ...streams)
    this.#watch(peer)
    this.emit('peer', { peer })
  }

  /** @param {Peer} peer */
  #watch(peer) {
    peer.on('track', (e) => this.emit('track', { peer, ...e }))
    peer.on('untrack', (e) => this.emit('untrack', { peer, ...e }))
    peer.on('open', (e) => this.emit('open', { peer, ...e }))
    peer.on('datachannel', (e) => this.emit('datachannel', { peer, ...e }))
    peer.on('message', (e) => this.emit('message', { peer, ...e }))
    peer.on('error', (error) => this.emit('error', { peer, error }))
    peer.on('superseded', ({ signal }) => this.#replace(peer, signal))
    peer.on('state', ({ state }) => {
      this.emit('state', { peer, state })
      if (state !== 'connected' && this.#lost.has(peer)) this.#part(peer, 'timeout')
    })
  }

  /**
   * @param {Peer} peer
   * @param {import('./peer.js').Signal} signal
   */
  #replace(peer, signal) {
    const { member } = peer
    this.#part(peer, 'replaced')
    this.#make(member, { signals: [signal] })
  }

  /**
   * @param {Member} member
   * @param {string} reason
   */
  #left(member, reason) {
    this.#early.delete(member.id)
    const peer = this.#peers.get(member.id)
    if (!peer) return
    if (meant.has(reason)) this.#part(peer, reason)
    else this.#vanished(peer, reason)
  }

  /**
   * A member has gone without having left. Its connection is kept while it stands, for as long
   * as a line has to come back, if we should know the person again.
   * @param {Peer} peer
   * @param {string} [reason]
   */
  #vanished(peer, reason = 'timeout') {
    if (this.#lost.has(peer)) return
    if (peer.state !== 'connected' || this.#identity(peer.member) === undefined) return this.#part(peer, reason)
    const { client, linger } = this.#room
    this.#lost.set(peer, client.clock.setTimeout(() => this.#part(peer, reason), linger * 1000))
  }

  /**
   * Knows somebody again who has come back under another id.
   * @param {Member} member
   * @returns {boolean} whether the connection is there already
   */
  #adopt(member) {
    const identity = this.#identity(member)
    for (const [peer, timer] of this.#lost) {
      if (identity === undefined || this.#identity(peer.member) !== identity) continue
      this.#room.client.clock.clearTimeout(timer)
      this.#lost.delete(peer)
      this.#peers.delete(peer.member.id)
      this.#peers.set(member.id, peer)
      peer.member = member
      return true
    }
    return false
  }

  /** @param {Member} member */
  #identity(member) {
    const { identify } = this.#options
    return identify ? identify(member) : member.profile?.person
  }

  /**
   * Keeps the signals of a member that we do not connect to yet.
   * @param {import('./types.js').RoomEvent} e
   */
  #overhear({ event, data, from }) {
    if (this.#peers.has(from) || !this.#room.members.has(from)) return
    if (event === 'offer') this.#early.set(from, [])
    const early = this.#early.get(from)
    if (early && early.length < maxEarly && (event === 'offer' || event === 'candidate')) early.push({ event, data })
  }

  /**
   * @param {Peer} peer
   * @param {string} reason
   */
  #part(peer, reason) {
    this.#room.client.clock.clearTimeout(this.#lost.get(peer))
    this.#lost.delete(peer)
    this.#peers.delete(peer.member.id)
    peer.close()
    this.emit('gone', { peer, reason })
  }
}
