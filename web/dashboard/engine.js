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
 * @param {RequestInit} [more]
 */
async function request(path, query = {}, more = {}) {
  const url = new URL(`../api/v1/${path}`, document.baseURI)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
  const headers = { ...(token() && { Authorization: `Bearer ${token()}` }), ...(more.body && { 'Content-Type': 'application/json' }) }
  const response = await fetch(url, { ...more, headers, cache: 'no-store', credentials: 'omit', redirect: 'error' })
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
 * @param {string} path @param {Record<string, string | number>} [query]
 * @returns {Promise<any>}
 */
export const ask = async (path, query) => (await request(path, query)).json()

/** How long something that is to be done may take. */
const patience = 15_000

/**
 * Has something done. Where it throws anything but Refused, nobody knows whether it was.
 * @param {'POST' | 'PUT'} method @param {string} path @param {object} body @param {Record<string, string | number>} [query]
 */
export const act = async (method, path, body, query) => {
  await (await request(path, query, { method, body: JSON.stringify(body), signal: AbortSignal.timeout(patience) })).text()
}

/**
 * Pictures of all engines, one a second, until `signal`; a line that breaks throws.
 * @type {(signal: AbortSignal) => AsyncGenerator<import('./samples.js').Picture>}
 */
export const live = async function* (signal) {
  const { body } = await request('live', { node: '*' }, { signal })
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
