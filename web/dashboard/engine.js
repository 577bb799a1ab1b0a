/** The engine's API. The token lives in this tab, and travels in a header alone. */

const place = 'parley:admin-token'

export const token = () => sessionStorage.getItem(place) ?? ''

/** @param {string} value "": none */
export function setToken(value) {
  if (value) sessionStorage.setItem(place, value)
  else sessionStorage.removeItem(place)
}

/** What the engine refuses. */
export class Refused extends Error {
  /** @param {number} status @param {string} text */
  constructor(status, text) {
    super(text)
    this.status = status
  }
}

/**
 * @param {string} path below /api/v1/
 * @param {Record<string, string | number>} [query]
 * @param {AbortSignal} [signal]
 */
async function request(path, query = {}, signal) {
  const url = new URL(`../api/v1/${path}`, document.baseURI)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  /** @type {RequestInit} */
  const options = { headers: token() ? { Authorization: `Bearer ${token()}` } : {}, cache: 'no-store', credentials: 'omit', redirect: 'error' }
  if (signal) options.signal = signal
  const response = await fetch(url, options)
  if (!response.ok) throw new Refused(response.status, await problem(response))
  return response
}

/** @param {Response} response */
async function problem(response) {
  const text = await response.text()
  try {
    const { detail, message, title } = JSON.parse(text)
    return String(detail ?? message ?? title)
  } catch {
    return text.trim() || response.statusText
  }
}

/**
 * @param {string} path @param {Record<string, string | number>} [query] @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export const ask = async (path, query, signal) => (await request(path, query, signal)).json()

/**
 * The engine's snapshots, one a second, until `signal`; a line that breaks throws.
 * @type {(signal: AbortSignal) => AsyncGenerator<import('./samples.js').Snapshot>}
 */
export const live = async function* (signal) {
  const { body } = await request('live', {}, signal)
  const reader = /** @type {ReadableStream<Uint8Array>} */ (body).getReader()
  const decoder = new TextDecoder()
  for (let text = ''; ; ) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (text + decoder.decode(value, { stream: true })).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}
