import { Emitter } from './emitter.js'
import { Entrance } from './entrance.js'
import { ParleyError } from './errors.js'
import { Membership } from './membership.js'
import { Requests } from './requests.js'

/**
 * @typedef {object} RoomEvents
 * @property {import('./types.js').RoomEvent} event
 * @property {import('./types.js').MemberEvent} member
 * @property {import('./types.js').JoinedEvent} joined also after every reconnect
 * @property {{}} suspended the line is down; requests wait
 * @property {{ locked: boolean }} locked
 * @property {{ role: import('./types.js').Role }} role one's own has changed
 * @property {import('./types.js').LeftEvent} left the membership is over, and nothing follows
 */

/**
 * @typedef {object} RequestOptions
 * @property {number} [timeout] milliseconds until the promise is rejected; 0 for never
 */

/**
 * @typedef {object} JoinFields
 * @property {any} [profile] at most 4 KiB
 * @property {boolean} [presence] false: neither listed nor told of others
 * @property {import('./types.js').Resume | null} [resume] what `room.resume` was: the membership to take up again.
 *   Without it, a page that was reloaded takes up what it had; null: it does not
 * @typedef {JoinFields & RequestOptions} JoinOptions
 */

/**
 * One room, and one's membership in it. It outlives connections: while the line is down
 * requests wait, and after it is back they are carried out once and in order.
 * @extends {Emitter<RoomEvents>}
 */
export class Room extends Emitter {
  // Static after construction.
  #client
  #requests
  #entrance

  // Of the present membership.
  #membership = new Membership()
  /** @type {any} */
  #profile
  /** Whether this seeks to take up what the page before it has left. */
  #fromSession = false
  /** @type {Promise<Room>} */
  #joining = Promise.resolve(this)
  #leaving = false

  /**
   * @internal Rooms are made by `client.room` and `client.join`.
   * @param {import('./client.js').Client} client
   * @param {string} name
   */
  constructor(client, name) {
    super()
    this.#client = client
    this.#requests = new Requests(client, client.queueLimit, (body, seq) => this.#said(body, seq))
    this.#entrance = new Entrance(client, {
      name,
      inside: () => this.state === 'joined',
      known: () => this.self !== null,
      resume: () => this.resume,
      giveUp: (error) => this.#giveUp(error),
    })
    this.name = name
    /** @type {'new' | 'joining' | 'joined' | 'suspended' | 'left'} */
    this.state = 'new'
    this.locked = false
    /** Whether the last entry brought back a membership that there was before. */
    this.returned = false
    /** All members at the last join: oneself, suspended and hidden ones included. */
    this.count = 0
    /** Seconds that a member may be gone before it has left. */
    this.linger = 0
  }

  get client() {
    return this.#client
  }

  get self() {
    return this.#membership.self
  }

  get epoch() {
    return this.#membership.epoch
  }

  /** Everybody else, by id, in order of `since`. @returns {ReadonlyMap<string, import('./types.js').Member>} */
  get members() {
    return this.#membership.members
  }

  /** What brings this membership back in another page or process; null where nothing would. */
  get resume() {
    return this.#leaving ? null : this.#membership.resume
  }

  /**
   * Enters the room, waiting for the connection if need be. A time-out gives the join up.
   * @param {JoinOptions} [options]
   * @returns {Promise<Room>}
   */
  join({ timeout = this.#client.timeout, resume, ...wish } = {}) {
    if (this.active) return this.#joining
    const left = this.#client.session.take(this.name)
    this.#fromSession = resume === undefined && left !== undefined
    this.#membership = new Membership(resume === undefined ? left : (resume ?? undefined))
    this.#profile = wish.profile
    this.state = 'joining'
    this.#leaving = false
    this.#joining = this.#entrance.seek(wish, timeout).then(() => this)
    if (this.#client.state === 'open') this.#entrance.knock()
    else this.#client.connect()
    return this.#joining
  }

  /**
   * Sends an event to everyone else, or to those named. Resolves when the room has taken it.
   * @param {string} event 1–64 bytes
   * @param {any} [data]
   * @param {{ to?: string | string[] } & RequestOptions} [options]
   * @returns {Promise<{ seq: number, missing: string[] }>} `missing`: those of `to` that are not in the room
   */
  async send(event, data = null, { to, timeout } = {}) {
    const { seq, missing = [] } = await this.#request('send', { event, data, to }, timeout)
    return { seq, missing }
  }

  /**
   * Replaces one's profile.
   * @param {any} profile at most 4 KiB
   * @param {RequestOptions} [options]
   */
  async update(profile, { timeout } = {}) {
    await this.#request('update', { profile }, timeout)
    this.#profile = profile
    if (this.self) this.#membership.self = { ...this.self, profile }
  }

  /**
   * Moderators: ends somebody's membership.
   * @param {string} member
   * @param {string} [reason] shown to the member
   * @param {RequestOptions} [options]
   */
  async kick(member, reason, { timeout } = {}) {
    await this.#request('kick', { member, reason }, timeout)
  }

  /**
   * Moderators: lets nobody new in, or again.
   * @param {boolean} [locked]
   * @param {RequestOptions} [options]
   */
  async lock(locked = true, { timeout } = {}) {
    await this.#request('lock', { locked }, timeout)
  }

  /**
   * Leaves for good. Where the line is down, the membership is ended as soon as it is back.
   * @param {RequestOptions} [options]
   */
  async leave({ timeout } = {}) {
    if (!this.active || this.#leaving) return
    if (!this.#membership.held) return this.end('leave')
    const left = this.#request('leave', { resume: this.resume ?? undefined }, timeout)
    this.#leaving = true
    try {
      await left
    } catch (error) {
      const { code } = /** @type {ParleyError} */ (error)
      if (code !== 'no_such_member' && code !== 'not_joined' && code !== 'closed') throw error
    } finally {
      this.end('leave')
    }
  }

  /** @internal Whether the membership is wanted. */
  get active() {
    return this.state === 'joining' || this.state === 'joined' || this.state === 'suspended'
  }

  /** @internal The connection is open: enter, come back, or leave what was to be left. */
  enter() {
    if (!this.#leaving) return void this.#entrance.knock()
    this.#requests.fail(new ParleyError('closed', 'the room was left'), (e) => /** @type {any} */ (e.body).type !== 'leave')
    this.#requests.flush()
  }

  /** @internal The connection is gone. */
  suspend() {
    this.#entrance.pause()
    this.#requests.rest()
    if (this.state !== 'joined') return
    this.state = 'suspended'
    this.emit('suspended', {})
  }

  /**
   * @internal An answer, perhaps to one of this room's requests.
   * @param {any} message
   * @returns {boolean} whether it was
   */
  answer(message) {
    if (!this.#entrance.awaits(message.id)) return this.#requests.answer(message)
    if (message.type === 'error') this.#entrance.refuse(new ParleyError(message.code, message.message, message.retryAfter))
    return true
  }

  /**
   * @internal A message for this room.
   * @param {any} message
   */
  receive(message) {
    if (message.type === 'joined') return this.#joined(message)
    if (this.state !== 'joined') return
    if (message.type === 'bye') return this.#bye(message)
    if (message.type === 'error') return void (message.code === 'unauthorized' && this.#entrance.renew())
    if (!this.#membership.hear(message.seq)) return
    if (message.type === 'event') this.#event(message)
    else if (message.type === 'member') this.#member(message)
    else if (message.type === 'room') this.emit('locked', { locked: (this.locked = message.locked) })
  }

  /**
   * @internal The membership is over.
   * @param {string} reason
   * @param {string} [text]
   * @param {ParleyError} [error] for those who wait; `closed` by default
   */
  end(reason, text = '', error = new ParleyError('closed', `the room is over: ${reason}`)) {
    if (!this.active) return
    if (this.state === 'joining' && this.#entrance.open) this.#client.say({ type: 'leave', room: this.name })
    this.state = 'left'
    this.#membership.drop()
    this.#client.session.forget(this.name)
    this.#requests.fail(error)
    this.#entrance.stop(error)
    if (this.self) this.emit('left', { reason, text })
  }

  /**
   * @param {string} type
   * @param {object} fields
   * @param {number} [timeout]
   * @returns {Promise<any>}
   */
  #request(type, fields, timeout = this.#client.timeout) {
    if (!this.active || this.#leaving) return Promise.reject(new ParleyError('not_joined', `not in the room "${this.name}"`))
    const answer = this.#requests.add({ type, room: this.name, ...fields }, timeout)
    if (this.state === 'joined') this.#requests.flush()
    return answer
  }

  /**
   * What we are not told of what we ask for: the rest moves the cursor as it is heard.
   * @param {any} body
   * @param {number} seq
   */
  #said({ type, to }, seq) {
    const apart = type === 'update' || type === 'send' && ![to].flat().includes(this.self?.id)
    if (apart && this.state === 'joined') this.#membership.said(seq)
  }

  /** @param {any} message */
  #joined(message) {
    // Unasked: the room goes on in a new epoch, on another node of its cluster.
    const moved = message.id === undefined && this.state === 'joined'
    if (!moved && !this.#entrance.awaits(message.id) || !this.active) return
    if (this.state === 'joined' && !moved) {
      this.#membership.update(message.self)
      return this.#entrance.renewed()
    }
    const { returned, unbroken, changes } = this.#membership.enter(message)
    const { locked, count, linger, recovered, lastId } = message
    Object.assign(this, { locked, count, linger, returned, state: 'joined' })
    this.#client.countFrom(lastId)
    if (!unbroken) this.#requests.interrupt()
    if (!moved) this.#entrance.entered()
    if (this.#fromSession && returned) this.#introduce()
    this.#fromSession = false
    this.emit('joined', { recovered, returned })
    for (const change of changes) this.emit('member', change)
    if (this.active) this.#requests.flush()
  }

  /** The room keeps a returning member's profile, and a reloaded page may have another one in mind. */
  #introduce() {
    if (this.#profile === undefined || JSON.stringify(this.#profile) === JSON.stringify(this.self?.profile)) return
    this.update(this.#profile).catch(() => {}) // refused: the old one remains, as the room shows
  }

  /** @param {any} message */
  #event({ event, data, from, to, seq }) {
    this.emit('event', to === undefined ? { event, data, from, seq } : { event, data, from, to, seq })
  }

  /** @param {any} message */
  #member(message) {
    const before = this.self
    const change = this.#membership.apply(message)
    if (change) this.emit('member', change)
    else if (this.self && this.self !== before) this.emit('role', { role: this.self.role })
  }

  /** @param {any} message */
  #bye({ reason, text }) {
    if (reason !== 'unauthorized' || !this.#entrance.mayRetryToken()) return this.end(reason, text)
    this.suspend()
    this.enter()
  }

  /**
   * A membership that was left lying by the page before may not be ours to take up; then this
   * is a join like any other.
   * @param {ParleyError} error
   */
  #giveUp(error) {
    if (error.code !== 'unauthorized' || !this.#fromSession) return this.end(error.code, error.message, error)
    this.#fromSession = false
    this.#membership = new Membership()
    this.enter()
  }
}
