/** When to come back after a connection ended, and when not to. */

const floor = 300
const ceiling = 10_000
/** Attempts for which the bound stays at `soon`: for the first seconds a line is looked for eagerly. */
const eager = 10
const soon = 900

/**
 * Close codes after which only the application may try again: a normal close, a breach of
 * policy, a token refused, replaced by another connection, kicked.
 */
const terminal = new Set([1000, 1008, 4401, 4409, 4410])

/** @param {number} code */
export const isTerminal = (code) => terminal.has(code)

/**
 * Full jitter: anything up to a bound, so that clients that were dropped together do not come
 * back together. It doubles from 0.3 to 10 s, but stays below a second for ten attempts: about
 * four seconds, in which most lines are back. What the server asked for comes on top.
 * @param {number} attempt from 0
 * @param {() => number} random 0 ≤ random() < 1
 * @param {number} [retryAfter] milliseconds
 * @returns {number} milliseconds
 */
export function backoff(attempt, random, retryAfter = 0) {
  const bound = attempt < eager ? Math.min(soon, floor * 2 ** attempt) : soon * 2 ** Math.min(attempt - eager + 1, 10)
  return retryAfter + random() * Math.min(ceiling, bound)
}
