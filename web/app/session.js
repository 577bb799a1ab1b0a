import { Emitter } from '../sdk/emitter.js'
import { Mesh } from '../sdk/mesh.js'
import { Away } from './away.js'

/** How many a mesh is good for: everybody sends to everybody. */
export const limit = 6

/** A join that is not answered for so long, over an open line, waits at a door. */
const doorbell = 1200

/**
 * @typedef {import('../sdk/types.js').Member} Member
 * @typedef {import('../sdk/peer.js').Peer} Peer
 */

/**
 * @typedef {object} Other Somebody else in the call.
 * @property {string} key the same for the person's whole call
 * @property {Member} member
 * @property {Peer | null} peer
 */

/**
 * @typedef {object} SessionEvents
 * @property {{}} change of anything that `others`, `self` or the states say
 * @property {{ member: Member, came: boolean }} coming
 * @property {{ key: string, stream: MediaStream | null }} stream
 * @property {{ member: Member | undefined, text: string, server: boolean }} chat
 * @property {{ knocking: boolean }} door whether we wait to be let in
 * @property {{}} entered
 * @property {{ recovered: boolean }} back
 * @property {{ id: string, name: string | null }} knock somebody at the door; null: not any more
 * @property {{ reason: string, text: string }} over
 */

/**
 * One's part in a call: the room, a mesh over it, and what one sends.
 * @extends {Emitter<SessionEvents>}
 */
export class Session extends Emitter {
  #devices
  #me
  #over = false
  #entered = false
  /** The profile that the room was last told. */
  #said = ''
  /** Whether the room has a host who opens the door. */
  moderated = false
  /** @type {MediaStreamTrack | null} */
  screen = null
  #end = new AbortController()
  /** @type {any} */
  #doorbell = null
  #away = new Away((member, gone) => this.#turned(member, gone))

  /**
   * @param {import('../sdk/room.js').Room} room
   * @param {import('./devices.js').Devices} devices
   * @param {{ name: string, person: string }} me `person`: the same where ids do not last, as over a restart of the engine
   */
  constructor(room, devices, me) {
    super()
    this.room = room
    this.#devices = devices
    this.#me = me
    /** What one shows. @type {MediaStream} */
    this.shown = devices.stream
    const { signal } = this.#end
    const begin = () => this.#away.begin(room.members.values())
    begin()
    room.on('joined', begin, { signal }) // before the mesh asks with whom to connect
    this.mesh = this.#connect()
    room.on('joined', ({ recovered, returned }) => this.#joined(recovered, returned), { signal })
    room.on('suspended', () => this.emit('change', {}), { signal })
    room.on('member', (e) => this.#member(e), { signal })
    room.on('role', () => this.emit('change', {}), { signal })
    room.on('locked', () => this.emit('change', {}), { signal })
    room.on('event', (e) => this.#event(e), { signal })
    room.on('left', ({ reason, text }) => this.end(reason, text), { signal })
    room.client.on('state', () => this.#line(), { signal })
    devices.on('change', () => this.announce(), { signal })
    devices.on('track', (e) => this.#newTrack(e), { signal })
  }

  /** Enters the room, for as long as it takes. */
  async start() {
    this.#line()
    try {
      const profile = this.profile()
      if (!this.room.active) this.#said = JSON.stringify(profile)
      await this.room.join({ profile, timeout: 0 })
      if (!this.#entered) this.#joined(true, this.room.returned)
    } catch (error) {
      this.#refused(/** @type {import('../sdk/errors.js').ParleyError} */ (error))
    }
  }

  /** Aborts when the call is over. */
  get signal() {
    return this.#end.signal
  }

  get online() {
    return this.room.state !== 'suspended'
  }

  get moderator() {
    return this.room.self?.role === 'moderator'
  }

  get name() {
    return this.#me.name
  }

  /** Whether one may send nothing, and so cannot be called. */
  get observing() {
    return this.room.self?.role === 'observer'
  }

  /** Everybody else, those included who have vanished from the room while the call with them goes on. @returns {Other[]} */
  get others() {
    /** @type {Map<string, Other>} */
    const all = new Map()
    for (const peer of this.mesh.peers.values()) all.set(keyOf(peer.member), { key: keyOf(peer.member), member: { ...peer.member, suspended: true }, peer })
    for (const member of this.room.members.values()) {
      if (!this.#wanted(member)) continue
      all.set(keyOf(member), { key: keyOf(member), member, peer: this.mesh.peers.get(member.id) ?? all.get(keyOf(member))?.peer ?? null })
    }
    return [...all.values()].sort((a, b) => a.member.since - b.member.since)
  }

  profile() {
    return { ...this.#me, microphone: this.#devices.isOn('audio'), camera: this.#devices.isOn('video'), screen: !!this.screen }
  }

  /** Tells the others what is on. */
  announce() {
    this.emit('change', {})
    const profile = this.profile()
    const said = JSON.stringify(profile)
    if (this.#over || !this.room.active || this.#said === said) return
    this.#said = said
    this.room.update(profile).catch(() => (this.#said = '')) // said again with the next change
  }

  /** Shows one's screen in place of the camera, or no more. @param {boolean} on */
  async share(on) {
    if (on) {
      const [track] = (await navigator.mediaDevices.getDisplayMedia({ video: true })).getVideoTracks()
      track.contentHint = 'detail'
      track.onended = () => void this.share(false)
      this.#swap(this.#devices.track('video'), track)
      this.screen = track
      this.shown = new MediaStream([track])
    } else if (this.screen) {
      this.screen.stop()
      this.#swap(this.screen, this.#devices.track('video'))
      this.screen = null
      this.shown = this.#devices.stream
    }
    this.announce()
  }

  /** Connects to everybody anew, through TURN alone or by any way. @param {boolean} forced */
  relay(forced) {
    this.mesh.renew({ iceTransportPolicy: forced ? 'relay' : 'all' })
  }

  /** The page goes away, perhaps to come back: the others need not wait to find out. */
  away() {
    if (this.room.state === 'joined') this.room.update({ ...this.profile(), away: true }).catch(() => {})
  }

  /** Straight to all who can be reached so, to the others through the room. @param {string} text */
  async chat(text) {
    const missed = this.mesh.send('chat', JSON.stringify({ text }))
    const to = [...this.room.members.keys()].filter((id) => missed.includes(id) || !this.mesh.peers.has(id))
    if (to.length) await this.room.send('chat', { text }, { to, timeout: 0 })
    return { server: to.length > 0 }
  }

  /** @param {string} reason @param {string} [text] */
  end(reason, text = '') {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#doorbell)
    this.#away.stop()
    this.#end.abort()
    this.screen?.stop()
    this.mesh.close()
    this.emit('over', { reason, text })
  }

  /** The place in the room's order, from 0; those who are away have none. @param {{ since: number }} member */
  #rank({ since }) {
    const { self, members } = this.room
    return [...members.values(), ...(self ? [self] : [])].filter((m) => m.since < since && !this.#away.gone.has(m.id)).length
  }

  /** Whether a member is in the call. @param {Member} member */
  #wanted(member) {
    return !this.#away.gone.has(member.id) && this.#rank(member) < limit
  }

  /** @param {Member} member @param {boolean} gone */
  #turned(member, gone) {
    this.mesh.refresh()
    this.emit('coming', { member, came: !gone })
    this.emit('change', {})
  }

  /** @param {boolean} recovered @param {boolean} returned */
  #joined(recovered, returned) {
    clearTimeout(this.#doorbell)
    const { self } = this.room
    if (!returned && self && this.#rank(self) >= limit) return this.end('full')
    if (this.#entered) this.emit('back', { recovered: recovered || !returned })
    else this.emit('entered', {})
    this.#entered = true
    this.announce()
  }

  /** Whether somebody has to open: the line is up, and still there is no answer. */
  #line() {
    clearTimeout(this.#doorbell)
    const { client, state } = this.room
    if (client.state === 'open' && !this.#entered && state !== 'joined') {
      this.#doorbell = setTimeout(() => {
        this.moderated = true
        this.emit('door', { knocking: true })
      }, doorbell)
    }
    this.emit('change', {})
  }

  /** @param {import('../sdk/errors.js').ParleyError} error */
  #refused({ code, message, retryable, retryAfter }) {
    if (this.#over || code === 'closed') return
    if (!retryable || this.moderated) return this.end(code === 'unavailable' ? 'unanswered' : code, message)
    setTimeout(() => this.#over || void this.start(), retryAfter ?? 2000)
  }

  /** @param {import('../sdk/types.js').MemberEvent} e */
  #member({ change, member }) {
    const known = this.others.some((o) => o.key === keyOf(member) && o.member.id !== member.id)
    if ((change === 'joined' || change === 'left') && !known && this.#wanted(member)) this.emit('coming', { member, came: change === 'joined' })
    if (change === 'left') this.#away.forget(member.id)
    else this.#away.look(member)
    this.emit('change', {})
  }

  /** @param {import('../sdk/types.js').RoomEvent} e */
  #event({ event, data, from }) {
    if (event === 'chat' && from) this.#heard(this.room.members.get(from), data, true)
    if (from) return
    if (event === 'knock') {
      this.moderated = true
      this.emit('knock', { id: String(data?.member), name: nameOf(data?.profile) })
    }
    if (event === 'withdrawn') this.emit('knock', { id: String(data?.member), name: null })
  }

  /** @param {Member | undefined} member @param {any} data @param {boolean} server */
  #heard(member, data, server) {
    if (typeof data?.text === 'string') this.emit('chat', { member, text: data.text, server })
  }

  #connect() {
    const mesh = new Mesh(this.room, { stream: this.#devices.stream, channels: ['chat'], accept: (member) => this.#wanted(member) && !this.observing && member.role !== 'observer' })
    this.#watchMesh(mesh)
    return mesh
  }

  /** @param {Mesh} mesh */
  #watchMesh(mesh) {
    const streamOf = (/** @type {Peer} */ peer, /** @type {MediaStream | null} */ stream) => this.emit('stream', { key: keyOf(peer.member), stream })
    mesh.on('track', ({ peer, streams, track }) => streamOf(peer, streams[0] ?? new MediaStream([track])))
    mesh.on('gone', ({ peer, reason }) => {
      if (reason !== 'replaced') streamOf(peer, null)
      this.emit('change', {})
    })
    mesh.on('peer', () => this.emit('change', {}))
    mesh.on('state', () => this.emit('change', {}))
    mesh.on('message', ({ peer, data }) => {
      try {
        this.#heard(peer.member, JSON.parse(data), false)
      } catch {
        // somebody else's kind of channel
      }
    })
    mesh.on('error', ({ error }) => console.warn('negotiation:', error))
  }

  /** @param {{ kind: string, old: MediaStreamTrack | null, track: MediaStreamTrack | null }} change */
  #newTrack({ kind, old, track }) {
    if (kind === 'audio' || !this.screen) this.#swap(old, track)
  }

  /** @param {MediaStreamTrack | null} old @param {MediaStreamTrack | null} next */
  #swap(old, next) {
    const { mesh } = this
    const sent = old && mesh.tracks.includes(old)
    if (sent && next) void mesh.replaceTrack(old, next)
    else if (sent) mesh.removeTrack(old)
    else if (next) mesh.addTrack(next, this.#devices.stream)
  }
}

/** @param {Member} member @returns {string} */
export const keyOf = (member) => String(member.profile?.person ?? member.id)

/** @param {any} profile @returns {string} may be empty: a guest */
export const nameOf = (profile) => (typeof profile?.name === 'string' ? profile.name.slice(0, 40) : '')
