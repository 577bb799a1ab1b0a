import { json } from './codec.js'
import { Emitter } from './emitter.js'
import { ParleyError } from './errors.js'
import { backoff, isTerminal } from './retry.js'
import { Room } from './room.js'
import { Session, tabStorage } from './session.js'

const openTimeout = 10_000
const pingInterval = 25_000
const pingTimeout = 10_000

/** Close codes of our own side: nothing heard; a frame that cannot be read. */
const silent = 4408
const unreadable = 1007

/**
 * @typedef {object} ClientOptions
 * @property {number} [timeout] milliseconds for a request or a join; 0 for none; default 10,000
 * @property {number} [queueLimit] requests that wait in a room at once; default 256
 * @property {(room: string) => string | Promise<string>} [getToken] called before every join, and before a token
 *   runs out; '' is none; where it fails it is called again, with back-off
 * @property {import('./codec.js').Codec} [codec] default JSON
 * @property {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null} [storage] where a page that is reloaded
 *   leaves its memberships; default sessionStorage; null: nowhere
 * @property {typeof WebSocket} [WebSocket] Node has one of its own from version 22
 * @property {import('./types.js').Clock} [clock]
 * @property {() => number} [random] of the back-off's jitter
 */

/**
 * @typedef {object} ClientEvents
 * @property {import('./types.js').StateEvent} state
 * @property {{ iceServers: RTCIceServer[] }} ice fresh TURN credentials
 * @property {ParleyError} error what the server complained of without naming a request
 */

/**
 * A connection to the engine that comes back by itself, and the rooms it carries.
 *
 * States: `idle` (nothing wanted yet, or no room left), `connecting` (never open so far),
 * `open`, `reconnecting`, `closed` (by `close()`, or by the server for good).
 * @extends {Emitter<ClientEvents>}
 */
export class Client extends Emitter {
  // Static after construction.
  #url
  #WebSocket

  // Of the present connection, or of the wait for the next.
  /** @type {WebSocket | null} */
  #socket = null
  /** @type {any} the limit for opening, the next ping, the wait for its answer, or for the next attempt */
  #timer = null
  /** @type {{ code: number, reason: string, retryAfter?: number } | null} */
  #bye = null

  #attempt = 0
  #heldBack = false
  #refused = false
  #lastId = 0
  /** @type {Map<string, Room>} */
  #rooms = new Map()
  /** @type {AbortController | null} */
  #signals = null

  /**
   * @param {string | URL} [url]
   * @param {ClientOptions} [options]
   */
  constructor(url = '/ws', options = {}) {
    super()
    this.#url = socketURL(url)
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket
    if (!this.#WebSocket) throw new Error('there is no WebSocket here: pass one as the option `WebSocket` (Node has its own from version 22)')
    this.timeout = options.timeout ?? 10_000
    this.queueLimit = options.queueLimit ?? 256
    this.getToken = options.getToken
    this.session = new Session(options.storage === undefined ? tabStorage() : options.storage, this.#url)
    this.codec = options.codec ?? json
    this.random = options.random ?? Math.random
    /** @type {import('./types.js').Clock} */
    this.clock = options.clock ?? { setTimeout: (f, ms) => setTimeout(f, ms), clearTimeout: (t) => clearTimeout(t) }
    /** @type {import('./types.js').State} */
    this.state = 'idle'
    /** STUN and TURN servers, as the engine last told. @type {RTCIceServer[]} */
    this.iceServers = []
  }

  /** The rooms asked for so far, by name. @returns {ReadonlyMap<string, Room>} */
  get rooms() {
    return this.#rooms
  }

  /** Starts connecting where nothing is under way; after a terminal close, too. */
  connect() {
    if (this.state === 'idle' || this.state === 'closed') {
      this.#attempt = 0
      this.#refused = false
      this.#watchPage()
      this.#set({ state: 'connecting' })
      this.#open()
    }
    return this
  }

  /** Closes with 1000, which leaves all rooms at once. */
  close() {
    const socket = this.#detach()
    this.#shut({ code: 1000, reason: 'leave' })
    socket?.close(1000)
  }

  /**
   * The room of that name, without entering it: for listening before the join.
   * @param {string} name 1–128 bytes, no control characters
   */
  room(name) {
    let room = this.#rooms.get(name)
    if (!room) this.#rooms.set(name, (room = new Room(this, name)))
    return room
  }

  /**
   * Enters a room.
   * @param {string} name
   * @param {import('./room.js').JoinOptions} [options]
   */
  join(name, options) {
    return this.room(name).join(options)
  }

  /** @internal An id larger than all before. `ok` names no room, so rooms share the count. */
  nextId() {
    return ++this.#lastId
  }

  /** @internal @param {number} id the largest that the server has seen from this member */
  countFrom(id) {
    this.#lastId = Math.max(this.#lastId, id ?? 0)
  }

  /** @internal @param {string | Uint8Array<ArrayBuffer>} frame */
  transmit(frame) {
    if (this.state === 'open') this.#socket?.send(frame)
  }

  /** @internal @param {object} message that is not repeated */
  say(message) {
    this.transmit(this.codec.encode(message))
  }

  #open() {
    const socket = (this.#socket = new this.#WebSocket(this.#url, [this.codec.protocol]))
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => this.#opened()
    socket.onmessage = (e) => this.#receive(e.data)
    socket.onclose = (e) => this.#lost(e.code, e.reason)
    this.#wait(openTimeout, () => this.#drop(silent, 'not open in time'))
  }

  #opened() {
    this.#set({ state: 'open' })
    this.#listen()
    for (const room of this.#rooms.values()) if (room.active) room.enter()
  }

  /** Browsers do not show WebSocket pings, so silence is probed by a message. */
  #listen() {
    this.#wait(pingInterval, () => this.#probe())
  }

  #probe() {
    this.say({ type: 'ping' })
    this.#wait(pingTimeout, () => this.#drop(silent, 'nothing heard'))
  }

  /** @param {any} frame */
  #receive(frame) {
    let message
    try {
      message = this.codec.decode(frame)
    } catch {
      return this.#drop(unreadable, 'not a message')
    }
    this.#listen()
    this.#route(message)
  }

  /** @param {any} message */
  #route(message) {
    const { type, id, room } = message
    if (type === 'ice' || type === 'joined') this.#ice(message.ice)
    if (type === 'joined') this.#settled()
    if (type === 'bye' && !room) this.#bye = message
    else if ((type === 'ok' || type === 'error') && id) this.#answer(message)
    else if (room) this.#rooms.get(room)?.receive(message)
    if (type === 'error' && !id) this.#complain(message)
  }

  /** @param {any} message */
  #answer(message) {
    for (const room of this.#rooms.values()) if (room.answer(message)) return
    if (message.type === 'error') this.#complain(message)
  }

  /** A room has let us in: only now has the server proved willing. */
  #settled() {
    this.#attempt = 0
    this.#refused = false
  }

  /** @param {any} message */
  #complain(message) {
    this.emit('error', new ParleyError(message.code, message.message, message.retryAfter))
  }

  /** @param {RTCIceServer[]} [iceServers] */
  #ice(iceServers = []) {
    if (JSON.stringify(iceServers) === JSON.stringify(this.iceServers)) return
    this.iceServers = iceServers
    this.emit('ice', { iceServers })
  }

  /**
   * Gives up the connection from this side, without waiting for a peer that may be gone.
   * @param {number} code
   * @param {string} reason
   */
  #drop(code, reason) {
    const socket = this.#socket
    this.#lost(code, reason)
    socket?.close(4000, reason)
  }

  /**
   * The connection is gone: come back, rest where no room wants it, or stay away.
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    const bye = this.#bye
    if (bye && code < 4000) ({ code, reason } = bye)
    this.#detach()
    if (isTerminal(code) && !(code === 4401 && this.#mayRetryToken())) return this.#shut({ code, reason })
    const wanted = [...this.#rooms.values()].filter((room) => room.active)
    for (const room of wanted) room.suspend()
    if (!wanted.length && this.state !== 'connecting') return this.#rest({ code, reason })
    this.#retry({ code, reason }, bye?.retryAfter)
  }

  /**
   * @param {{ code: number, reason: string }} why
   * @param {number} [retryAfter]
   */
  #retry(why, retryAfter) {
    const retryIn = backoff(this.#attempt++, this.random, retryAfter)
    this.#heldBack = !!retryAfter
    this.#wait(retryIn, () => this.#open())
    this.#set({ state: this.state === 'connecting' ? 'connecting' : 'reconnecting', ...why, retryIn })
  }

  /** @param {{ code: number, reason: string }} why */
  #rest(why) {
    this.#signals?.abort()
    this.#set({ state: 'idle', ...why })
  }

  /** @param {{ code: number, reason: string }} why */
  #shut(why) {
    this.#signals?.abort()
    for (const room of this.#rooms.values()) room.end(endReason(why))
    this.#set({ state: 'closed', ...why })
  }

  #detach() {
    const socket = this.#socket
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null
    this.#socket = this.#bye = null
    this.clock.clearTimeout(this.#timer)
    return socket
  }

  /** A new token may help once; it counts as refused until a room has been joined. */
  #mayRetryToken() {
    const may = !!this.getToken && !this.#refused
    this.#refused = true
    return may
  }

  /** What the page knows of the network saves waiting, or shows a dead line early. */
  #watchPage() {
    this.#signals?.abort()
    this.#signals = new AbortController()
    const { signal } = this.#signals
    for (const type of ['online', 'pageshow']) globalThis.addEventListener?.(type, () => this.#nudge(), { signal })
    globalThis.addEventListener?.('pagehide', () => this.#park(), { signal })
    globalThis.addEventListener?.('pageshow', () => this.#unpark(), { signal })
  }

  /** For the page that this one becomes when it is reloaded. */
  #park() {
    for (const room of this.#rooms.values()) if (room.active) this.session.leave(room.name, room.resume)
  }

  /** It was not: the page is shown again as it was. */
  #unpark() {
    for (const room of this.#rooms.values()) if (room.active) this.session.forget(room.name)
  }

  #nudge() {
    if (this.state === 'open') return this.#probe()
    if (this.#socket || this.#heldBack) return
    this.clock.clearTimeout(this.#timer)
    this.#open()
  }

  /**
   * @param {number} ms
   * @param {() => void} run
   */
  #wait(ms, run) {
    this.clock.clearTimeout(this.#timer)
    this.#timer = this.clock.setTimeout(run, ms)
  }

  /** @param {import('./types.js').StateEvent} event */
  #set(event) {
    this.state = event.state
    this.emit('state', event)
  }
}

/** @param {{ code: number, reason: string }} why */
function endReason({ code, reason }) {
  const reasons = new Map([[1000, reason || 'closed'], [4401, 'unauthorized'], [4409, 'replaced'], [4410, 'kicked']])
  return reasons.get(code) ?? 'closed'
}

/** @param {string | URL} url */
function socketURL(url) {
  const resolved = new URL(url, globalThis.location?.href)
  resolved.protocol = resolved.protocol.replace('http', 'ws')
  return resolved.href
}
