import { deferred } from './deferred.js'
import { ParleyError } from './errors.js'
import { nonce } from './nonce.js'
import { backoff } from './retry.js'

/**
 * What an entrance needs to know of its room.
 * @typedef {object} Door
 * @property {string} name
 * @property {() => boolean} inside whether the room is joined at this moment
 * @property {() => boolean} known whether it has been joined before, so that a refusal may be waited out
 * @property {() => import('./types.js').Resume | null} resume
 * @property {(error: ParleyError) => void} giveUp
 */

/**
 * Getting into a room, again after every loss of the line: one join at a time, its token, and
 * when to try again.
 */
export class Entrance {
  // Static after construction.
  #client
  #door

  // Of the membership that is sought.
  #nonce = ''
  /** @type {import('./room.js').JoinFields} */
  #wish = {}
  /** @type {import('./deferred.js').Deferred<void> | null} the caller that waits */
  #waiting = null
  /** @type {any} */
  #patience = null

  // Of the attempt that is under way.
  #joinId = 0
  #turn = 0
  #attempt = 0
  /** @type {any} */
  #retry = null
  #refused = false

  /**
   * @param {import('./client.js').Client} client
   * @param {Door} door
   */
  constructor(client, door) {
    this.#client = client
    this.#door = door
  }

  /** Whether an answer to a join is awaited. */
  get open() {
    return this.#joinId > 0
  }

  /** @param {number} id whether this is the id of the join under way */
  awaits(id) {
    return this.#joinId > 0 && id === this.#joinId
  }

  /**
   * Begins to seek a membership.
   * @param {import('./room.js').JoinFields} wish
   * @param {number} timeout milliseconds; 0 for none
   */
  seek(wish, timeout) {
    this.#wish = wish
    this.#nonce = nonce()
    this.#refused = false
    this.#waiting = deferred()
    if (timeout) {
      const expire = () => this.#door.giveUp(new ParleyError('timeout', 'not joined in time'))
      this.#patience = this.#client.clock.setTimeout(expire, timeout)
    }
    return this.#waiting.promise
  }

  /** The connection is open: asks to be let in, or back in. */
  async knock() {
    const turn = ++this.#turn
    const token = await this.#token()
    if (turn !== this.#turn || token === null || this.#client.state !== 'open') return
    const { profile, presence } = this.#wish
    this.#join({ profile, presence, nonce: this.#nonce, token: token || undefined, resume: this.#door.resume() ?? undefined })
  }

  /** The server warns that the token is about to expire: joins again with a new one. */
  async renew() {
    if (!this.#client.getToken) return
    const turn = this.#turn
    const token = await this.#token()
    if (token && turn === this.#turn) this.#join({ nonce: this.#nonce, token })
  }

  /** The room has let us in. */
  entered() {
    this.#joinId = this.#attempt = 0
    this.#refused = false
    this.#settle()
  }

  /** A renewal has been answered, one way or the other: nothing else has changed. */
  renewed() {
    this.#joinId = 0
  }

  /**
   * A first join that is refused is its caller's affair; a return is tried again while that may help.
   * @param {ParleyError} error
   */
  refuse(error) {
    this.#joinId = 0
    if (this.#door.inside()) return // a renewal failed: the membership goes on until its end
    if (error.code === 'unauthorized' && this.mayRetryToken()) return void this.knock()
    if (this.#door.known() && error.retryable) return this.#later(error.retryAfter)
    this.#door.giveUp(error)
  }

  /** The connection is gone. */
  pause() {
    this.#client.clock.clearTimeout(this.#retry)
    this.#joinId = 0
    this.#turn++
  }

  /** Nothing is sought any more. @param {ParleyError} error for the caller that waits */
  stop(error) {
    this.pause()
    this.#settle(error)
  }

  /** A refused token is worth one more: the application may have a fresher one. */
  mayRetryToken() {
    const may = !!this.#client.getToken && !this.#refused
    this.#refused = true
    return may
  }

  /** @param {object} fields */
  #join(fields) {
    const id = (this.#joinId = this.#client.nextId())
    this.#client.say({ type: 'join', id, room: this.#door.name, ...fields })
  }

  /** @returns {Promise<string | undefined | null>} null: there is none now, it is tried again later */
  async #token() {
    const turn = this.#turn
    try {
      return await this.#client.getToken?.(this.#door.name)
    } catch {
      if (turn === this.#turn && !this.#door.inside()) this.#later()
      return null
    }
  }

  /** @param {number} [retryAfter] */
  #later(retryAfter) {
    const wait = backoff(this.#attempt++, this.#client.random, retryAfter)
    this.#retry = this.#client.clock.setTimeout(() => this.knock(), wait)
  }

  /** @param {ParleyError} [error] */
  #settle(error) {
    const waiting = this.#waiting
    if (!waiting) return
    this.#waiting = null
    this.#client.clock.clearTimeout(this.#patience)
    if (error) waiting.reject(error)
    else waiting.resolve()
  }
}
