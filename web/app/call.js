import { Emitter } from '../sdk/emitter.js'
import { Peer } from '../sdk/peer.js'

/**
 * What a person can be told of a call.
 * @typedef {object} CallState
 * @property {'joining' | 'waiting' | import('../sdk/peer.js').PeerState} media between the two; `waiting`: one is alone
 * @property {boolean} online whether the line to the engine is up
 * @property {boolean} alone
 * @property {boolean} left whether the other person was here and has gone
 * @property {import('../sdk/types.js').Member | null} partner
 */

/**
 * @typedef {object} CallEvents
 * @property {CallState} state
 * @property {{ stream: MediaStream | null }} remote
 * @property {{ reason: string, text: string }} over
 */

/**
 * A call of two in a room. Rooms hold more, so the call is of the two who came first, by
 * `since`: everyone in the room sees the same two, and a third, who alone can tell that it
 * is one too many, leaves again (`over`, reason `full`).
 * @extends {Emitter<CallEvents>}
 */
export class Call extends Emitter {
  #client
  #room
  /** @type {Peer | null} */
  #peer = null
  /** @type {MediaStream | null} */
  #stream = null
  #hadPartner = false
  #over = false
  /** Says who we are where ids do not last, as over a restart of the engine. */
  #person = crypto.getRandomValues(new Uint32Array(2)).join('-')
  /** @type {any} until a partner who vanished is given up */
  #grace = null

  /**
   * @param {import('../sdk/client.js').Client} client
   * @param {string} name of the room
   */
  constructor(client, name) {
    super()
    this.#client = client
    this.#room = client.room(name)
    this.#room.on('joined', ({ returned }) => this.#pair(!returned))
    this.#room.on('member', ({ change, member, reason }) => {
      const meant = change === 'left' && (reason === 'leave' || reason === 'kicked')
      if (meant && member.id === this.#peer?.member.id) this.#part()
      this.#pair(false)
    })
    this.#room.on('left', ({ reason, text }) => this.#end(reason, text))
    client.on('state', () => this.#tell())
  }

  /** @returns {CallState} */
  get state() {
    const member = this.#peer?.member
    const partner = member ? (this.#room.members.get(member.id) ?? { ...member, suspended: true }) : null
    const joined = this.#room.self !== null
    return {
      media: this.#peer?.state ?? (joined ? 'waiting' : 'joining'),
      online: !joined || this.#room.state === 'joined',
      alone: joined && !this.#peer,
      left: this.#hadPartner && !this.#peer,
      partner,
    }
  }

  /**
   * Enters the room, for as long as it takes.
   * @param {MediaStream | null} stream
   */
  async start(stream) {
    this.#stream = stream
    try {
      await this.#room.join({ profile: this.#profile(), timeout: 0 })
    } catch (error) {
      const { code, message } = /** @type {import('../sdk/errors.js').ParleyError} */ (error)
      this.#end(code, message)
    }
  }

  /**
   * Sends this from now on; for devices that were found later.
   * @param {MediaStream} stream
   */
  use(stream) {
    this.#stream = stream
    for (const track of stream.getTracks()) this.#peer?.pc.addTrack(track, stream)
    this.announce()
  }

  /** Tells the other person whether microphone and camera are on. */
  announce() {
    if (!this.#over) this.#room.update(this.#profile()).catch(() => {}) // said again with the next change
  }

  hangUp() {
    this.#end('leave', '')
  }

  #profile() {
    const on = (/** @type {MediaStreamTrack[]} */ tracks) => tracks.some((track) => track.enabled)
    return { person: this.#person, microphone: on(this.#stream?.getAudioTracks() ?? []), camera: on(this.#stream?.getVideoTracks() ?? []) }
  }

  /**
   * Finds out whom the call is with now. Ids may change under a call that stands: where the
   * engine was restarted, or a line was down for too long. So a partner who vanished without
   * having left may come back as somebody new.
   * @param {boolean} anew whether to the others we are somebody new ourselves
   */
  #pair(anew) {
    const { self, members } = this.#room
    if (!self || this.#over) return
    const everyone = [self, ...members.values()].sort((a, b) => a.since - b.since)
    const rank = everyone.indexOf(self)
    if (rank > 1) return this.#end('full', '')
    const partner = members.get(everyone[1 - rank]?.id)
    const old = this.#peer?.member
    const stands = this.#peer?.state === 'connected'
    if (this.#peer && partner && stands && partner.profile?.person === old?.profile?.person) this.#keep(this.#peer, partner)
    else if (stands && !partner) this.#waitForPartner()
    else if (anew || partner?.id !== old?.id) this.#meet(partner)
    this.#tell()
  }

  /**
   * @param {Peer} peer
   * @param {import('../sdk/types.js').Member} partner
   */
  #keep(peer, partner) {
    clearTimeout(this.#grace)
    peer.member = partner
  }

  /** For as long as a lost line has to come back. */
  #waitForPartner() {
    clearTimeout(this.#grace)
    this.#grace = setTimeout(() => {
      this.#part()
      this.#tell()
    }, this.#room.linger * 1000)
  }

  /** @param {import('../sdk/types.js').Member} [partner] */
  #meet(partner) {
    this.#part()
    if (!partner) return
    this.#hadPartner = true
    const peer = (this.#peer = new Peer(this.#room, partner, { stream: this.#stream }))
    peer.on('state', () => this.#tell())
    peer.on('track', ({ streams }) => this.emit('remote', { stream: streams[0] ?? null }))
    peer.on('error', (error) => console.warn('negotiation:', error))
  }

  #part() {
    const peer = this.#peer
    clearTimeout(this.#grace)
    this.#peer = null
    peer?.close()
    if (peer) this.emit('remote', { stream: null })
  }

  #tell() {
    if (!this.#over) this.emit('state', this.state)
  }

  /**
   * @param {string} reason
   * @param {string} text
   */
  #end(reason, text) {
    if (this.#over) return
    this.#over = true
    this.#part()
    this.#client.close()
    this.emit('over', { reason, text })
  }
}
