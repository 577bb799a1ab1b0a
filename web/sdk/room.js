import { deferred } from './deferred.js'
import { Emitter } from './emitter.js'
import { ParleyError } from './errors.js'
import { nonce } from './nonce.js'
import { Requests } from './requests.js'
import { backoff } from './retry.js'
import { Roster } from './roster.js'

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
 * @property {import('./types.js').Resume} [resume] what `room.resume` was before a reload
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

  // Of the present membership.
  #roster = new Roster()
  #nonce = ''
  /** @type {JoinFields} */
  #wish = {}
  /** @type {import('./types.js').Self | null} */
  #self = null
  /** @type {{ member: string, key: string } | null} */
  #ticket = null
  #epoch = ''
  /** The seq of the last numbered message that arrived in order; null: not known yet. @type {number | null} */
  #cursor = null
  #leaving = false

  // Of the join that is under way.
  /** @type {import('./deferred.js').Deferred<Room> | null} */
  #joining = null
  /** @type {any} */
  #joinTimer = null
  #joinId = 0
  #turn = 0
  #attempt = 0
  /** @type {any} */
  #retry = null
  #refused = false

  /**
   * @internal Rooms are made by `client.room` and `client.join`.
   * @param {import('./client.js').Client} client
   * @param {string} name
   */
  constructor(client, name) {
    super()
    this.#client = client
    this.#requests = new Requests(client, client.queueLimit)
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
    return this.#self
  }

  get epoch() {
    return this.#epoch
  }

  /** Everybody else, by id, in order of `since`. @returns {ReadonlyMap<string, import('./types.js').Member>} */
  get members() {
    return this.#roster.members
  }

  /** What brings this membership back after a reload; null where nothing would. @returns {import('./types.js').Resume | null} */
  get resume() {
    return this.#ticket && this.#cursor !== null ? { ...this.#ticket, epoch: this.#epoch, seq: this.#cursor } : null
  }

  /**
   * Enters the room, waiting for the connection if need be. A time-out gives the join up.
   * @param {JoinOptions} [options]
   * @returns {Promise<Room>}
   */
  join({ timeout = this.#client.timeout, resume, ...wish } = {}) {
    if (this.#joining) return this.#joining.promise
    if (this.active) return Promise.resolve(this)
    this.state = 'joining'
    this.#wish = wish
    this.#nonce = nonce()
    this.#leaving = this.#refused = false
    this.#self = null
    this.#ticket = resume ? { member: resume.member, key: resume.key } : null
    this.#epoch = resume?.epoch ?? ''
    this.#cursor = resume?.seq ?? null
    this.#roster = new Roster()
    const { promise } = (this.#joining = deferred())
    if (timeout) this.#joinTimer = this.#client.clock.setTimeout(() => this.#joinExpired(), timeout)
    if (this.#client.state === 'open') this.enter()
    else this.#client.connect()
    return promise
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
    this.#wish.profile = profile
    if (this.#self) this.#self = { ...this.#self, profile }
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
    if (!this.#ticket) return this.end('leave')
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
  async enter() {
    if (this.#leaving) {
      this.#requests.fail(new ParleyError('closed', 'the room was left'), (e) => /** @type {any} */ (e.body).type !== 'leave')
      return this.#requests.flush()
    }
    const turn = ++this.#turn
    const token = await this.#token()
    if (turn !== this.#turn || token === null || this.#client.state !== 'open') return
    const id = this.#joinId = this.#client.nextId()
    const { profile, presence } = this.#wish
    const join = { type: 'join', id, room: this.name, profile, presence, nonce: this.#nonce, token, resume: this.resume ?? undefined }
    this.#transmit(join)
  }

  /** @internal The connection is gone. */
  suspend() {
    this.#client.clock.clearTimeout(this.#retry)
    this.#requests.rest()
    this.#joinId = 0
    this.#turn++
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
    if (message.id !== this.#joinId) return this.#requests.answer(message)
    if (message.type === 'error') this.#notJoined(new ParleyError(message.code, message.message, message.retryAfter))
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
    if (message.type === 'error') return this.#renew(message)
    if (this.#cursor !== null && message.seq <= this.#cursor) return
    this.#cursor = message.seq
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
    const wasIn = this.#self !== null
    if (this.#joinId && this.state === 'joining') this.#transmit({ type: 'leave', room: this.name })
    this.state = 'left'
    this.#ticket = null
    this.#joinId = 0
    this.#turn++
    this.#client.clock.clearTimeout(this.#retry)
    this.#requests.fail(error)
    this.#settleJoin(error)
    if (wasIn) this.emit('left', { reason, text })
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
   * Guarantee 2: only a `joined` with `recovered: false` sets the cursor. What was missed up
   * to `message.seq` follows one that is recovered, so the roster that is known stays until then.
   * @param {any} message
   */
  #joined(message) {
    if (message.id !== this.#joinId || !this.active) return
    this.#joinId = 0
    const again = this.#self !== null
    const returned = message.self.member === this.#ticket?.member
    const unbroken = returned && message.epoch === this.#epoch
    const { member: id, key, profile, since, role } = message.self
    this.#self = { id, key, profile, since, role }
    if (this.state === 'joined') return // a token was renewed: nothing else has changed
    this.state = 'joined'
    this.#ticket = { member: id, key }
    this.#epoch = message.epoch
    if (!message.recovered) this.#cursor = message.seq
    else if (!unbroken) this.#cursor = null // the nonce brought back a member that we never heard of
    const changes = message.recovered && unbroken && again ? [] : this.#roster.reset(message.members ?? [])
    const { locked, count, linger, recovered, lastId } = message
    Object.assign(this, { locked, count, linger, returned })
    this.#attempt = 0
    this.#refused = false
    this.#client.countFrom(lastId)
    if (!unbroken) this.#requests.interrupt()
    this.#settleJoin()
    this.emit('joined', { recovered, returned })
    if (again) for (const change of changes) this.emit('member', change)
    if (this.state === 'joined') this.#requests.flush()
  }

  /** @param {any} message */
  #event({ event, data, from, to, seq }) {
    this.emit('event', to === undefined ? { event, data, from, seq } : { event, data, from, to, seq })
  }

  /** @param {any} message */
  #member(message) {
    if (this.#self && message.member === this.#self.id) {
      if (!message.role) return
      this.#self = { ...this.#self, role: message.role }
      return this.emit('role', { role: message.role })
    }
    const change = this.#roster.apply(message)
    if (change) this.emit('member', change)
  }

  /**
   * A first join that fails is its caller's affair; a return is tried again while that may help.
   * @param {ParleyError} error
   */
  #notJoined(error) {
    this.#joinId = 0
    if (this.state === 'joined') return // a renewal failed: the membership goes on until its end
    if (error.code === 'unauthorized' && this.#mayRetryToken()) return void this.enter()
    if (this.#self && error.retryable) return this.#enterLater(error.retryAfter)
    this.end(error.code, error.message, error)
  }

  /** @param {any} message */
  #bye({ reason, text }) {
    if (reason !== 'unauthorized' || !this.#mayRetryToken()) return this.end(reason, text)
    this.suspend()
    this.enter()
  }

  /**
   * The server warns that the token is about to expire: join again with a new one.
   * @param {any} message
   */
  async #renew({ code }) {
    if (code !== 'unauthorized' || !this.#client.getToken) return
    const turn = this.#turn
    const token = await this.#token()
    if (!token || turn !== this.#turn) return
    const id = this.#joinId = this.#client.nextId()
    this.#transmit({ type: 'join', id, room: this.name, nonce: this.#nonce, token })
  }

  /** A refused token is worth one more: the application may have a fresher one. */
  #mayRetryToken() {
    const may = !!this.#client.getToken && !this.#refused
    this.#refused = true
    return may
  }

  /** @returns {Promise<string | undefined | null>} null: there is none now, it is tried again later */
  async #token() {
    try {
      return await this.#client.getToken?.(this.name)
    } catch {
      if (this.state !== 'joined') this.#enterLater()
      return null
    }
  }

  /** @param {number} [retryAfter] */
  #enterLater(retryAfter) {
    const wait = backoff(this.#attempt++, this.#client.random, retryAfter)
    this.#retry = this.#client.clock.setTimeout(() => this.enter(), wait)
  }

  /** @param {object} message */
  #transmit(message) {
    this.#client.transmit(this.#client.codec.encode(message))
  }

  #joinExpired() {
    this.end('timeout', '', new ParleyError('timeout', 'not joined in time'))
  }

  /** @param {ParleyError} [error] */
  #settleJoin(error) {
    const joining = this.#joining
    if (!joining) return
    this.#joining = null
    this.#client.clock.clearTimeout(this.#joinTimer)
    if (error) joining.reject(error)
    else joining.resolve(this)
  }
}
