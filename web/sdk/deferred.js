/**
 * @template T
 * @typedef {object} Deferred
 * @property {Promise<T>} promise
 * @property {(value: T) => void} resolve
 * @property {(error: Error) => void} reject
 */

/**
 * A promise with its ends in hand (Promise.withResolvers, which Node 20 lacks).
 * @template T
 * @returns {Deferred<T>}
 */
export function deferred() {
  const ends = /** @type {Deferred<T>} */ ({})
  ends.promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }))
  return ends
}
