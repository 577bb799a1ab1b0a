import { byteLength } from './codec.js'
import { ParleyError } from './errors.js'

/** Unanswered requests that a room's server side keeps track of (PROTOCOL, guarantee 3). */
const maxOutstanding = 64

/** Bytes of one message, encoded. */
const maxMessage = 64 << 10

/**
 * @typedef {object} Entry
 * @property {object} body the message but for its id
 * @property {(answer: any) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {any} timer
 * @property {number} id 0 until it is first sent
 * @property {string | Uint8Array<ArrayBuffer>} frame as it was first sent: it is repeated to the byte
 * @property {boolean} inFlight sent over the present connection
 * @property {boolean} settled its caller has been told; only its place in flight is kept
 */

/**
 * A room's requests in their order: those that wait for the room, and those that wait for an
 * answer. A request is numbered when it is first sent, and keeps its number when repeated, so
 * that the room carries it out once.
 */
export class Requests {
  /** @type {Set<Entry>} */
  #entries = new Set()
  #client
  #limit
  #taken

  /**
   * @param {import('./client.js').Client} client
   * @param {number} limit entries kept at once
   * @param {(body: any, seq: number) => void} taken called with each request that the room has carried out
   */
  constructor(client, limit, taken) {
    this.#client = client
    this.#limit = limit
    this.#taken = taken
  }

  /**
   * Queues a request; resolves with the server's `ok`.
   * @param {object} body
   * @param {number} timeout milliseconds from now; 0 for none
   * @returns {Promise<any>}
   */
  add(body, timeout) {
    return new Promise((resolve, reject) => {
      if (this.#entries.size >= this.#limit) return reject(new ParleyError('queue_full', `${this.#limit} requests are waiting already`))
      /** @type {Entry} */
      const entry = { body, resolve, reject, timer: null, id: 0, frame: '', inFlight: false, settled: false }
      if (timeout) entry.timer = this.#client.clock.setTimeout(() => this.#expire(entry), timeout)
      this.#entries.add(entry)
    })
  }

  /** Sends what has not been sent over this connection, in order, as far as the window allows. */
  flush() {
    let room = maxOutstanding
    for (const entry of this.#entries) {
      if (room === 0) return
      if (!entry.inFlight && !this.#send(entry)) continue
      room--
    }
  }

  /**
   * Settles the request that an answer belongs to.
   * @param {any} message `ok` or `error`
   * @returns {boolean} whether it was one of these
   */
  answer(message) {
    for (const entry of this.#entries) {
      if (entry.id !== message.id) continue
      if (message.type === 'ok') {
        this.#taken(entry.body, message.seq)
        this.#settle(entry, null, message)
      } else this.#settle(entry, new ParleyError(message.code, message.message, message.retryAfter))
      this.flush()
      return true
    }
    return false
  }

  /** The connection is gone: nothing is in flight any more, and who timed out is forgotten. */
  rest() {
    for (const entry of this.#entries) {
      entry.inFlight = false
      if (entry.settled) this.#entries.delete(entry)
    }
  }

  /** The room has begun anew: what was sent and not answered is not repeated. */
  interrupt() {
    this.fail(new ParleyError('interrupted', 'the room began anew before it answered'), (entry) => entry.id > 0)
  }

  /**
   * @param {Error} error
   * @param {(entry: Entry) => boolean} [which] all, if not given
   */
  fail(error, which = () => true) {
    for (const entry of this.#entries) if (which(entry)) this.#settle(entry, error)
  }

  /** @param {Entry} entry */
  #send(entry) {
    if (!entry.id) {
      entry.id = this.#client.nextId()
      entry.frame = this.#client.codec.encode({ ...entry.body, id: entry.id })
      if (byteLength(entry.frame) > maxMessage) {
        this.#settle(entry, new ParleyError('too_large', `a message has at most ${maxMessage} bytes`))
        return false
      }
    }
    entry.inFlight = true
    this.#client.transmit(entry.frame)
    return true
  }

  /** @param {Entry} entry */
  #expire(entry) {
    const error = new ParleyError('timeout', entry.id ? 'no answer in time' : 'not sent in time')
    if (!entry.inFlight) return this.#settle(entry, error)
    entry.settled = true
    entry.reject(error)
  }

  /**
   * @param {Entry} entry
   * @param {Error | null} error
   * @param {any} [answer]
   */
  #settle(entry, error, answer) {
    this.#client.clock.clearTimeout(entry.timer)
    this.#entries.delete(entry)
    if (error) entry.reject(error)
    else entry.resolve(answer)
  }
}
