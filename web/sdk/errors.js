/**
 * The server's closed set of error codes.
 * @typedef {'bad_frame' | 'bad_request' | 'unauthorized' | 'forbidden' | 'not_joined' | 'already_joined' | 'no_such_member'} Refused
 * @typedef {'room_full' | 'room_locked' | 'too_large' | 'rate_limited' | 'overloaded' | 'unavailable' | 'internal'} Unable
 *
 * The client's own.
 * @typedef {'timeout' | 'interrupted' | 'queue_full' | 'closed'} Missed
 *
 * @typedef {Refused | Unable | Missed} Code
 */

const retryable = new Set(['rate_limited', 'overloaded', 'unavailable', 'internal', 'timeout', 'interrupted', 'queue_full'])

/**
 * Why a request failed. Of the client's own codes:
 * `timeout`: no answer in time, so it may or may not have been carried out;
 * `interrupted`: it was unanswered when the room began anew, so the same holds;
 * `queue_full`: too many requests wait already, this one was not sent;
 * `closed`: the room was left, or the client closed, before the answer.
 */
export class ParleyError extends Error {
  /**
   * @param {Code} code
   * @param {string} [message] for people
   * @param {number} [retryAfter] milliseconds
   */
  constructor(code, message, retryAfter) {
    super(message || code)
    this.name = 'ParleyError'
    this.code = code
    this.retryAfter = retryAfter
  }

  /** Whether the same request may succeed later without anything else being changed. */
  get retryable() {
    return retryable.has(this.code)
  }
}
