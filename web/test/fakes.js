/** Stand-ins for what the SDK lets be injected, so that tests own the line and the time. */

import { webcrypto } from 'node:crypto'

// Browsers have these; Node 18, which Debian 12 ships, does not.
const global = /** @type {any} */ (globalThis)
global.crypto ??= webcrypto
global.CustomEvent ??= class extends Event {
  /** @param {string} type @param {{ detail: unknown }} init */
  constructor(type, { detail }) {
    super(type)
    this.detail = detail
  }
}

/** Time that passes only when told to. */
export class FakeClock {
  now = 0
  /** @type {Map<number, { at: number, run: () => void }>} */
  timers = new Map()
  #last = 0

  setTimeout = (/** @type {() => void} */ run, /** @type {number} */ ms) => {
    this.timers.set(++this.#last, { at: this.now + ms, run })
    return this.#last
  }

  clearTimeout = (/** @type {number} */ id) => {
    this.timers.delete(id)
  }

  /** Runs everything that is due within `ms`, in order, and what it causes. @param {number} ms */
  async advance(ms) {
    const until = this.now + ms
    for (;;) {
      await settle()
      const next = [...this.timers].filter(([, t]) => t.at <= until).sort((a, b) => a[1].at - b[1].at)[0]
      if (!next) break
      this.timers.delete(next[0])
      this.now = next[1].at
      next[1].run()
    }
    this.now = until
  }
}

/** Lets every promise that can settle do so. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))

/** One connection, seen from the server. */
export class FakeSocket {
  /** @type {(() => void) | null} */ onopen = null
  /** @type {((e: { data: any }) => void) | null} */ onmessage = null
  /** @type {((e: { code: number, reason: string }) => void) | null} */ onclose = null
  binaryType = 'blob'
  /** @type {any[]} frames as sent */
  frames = []
  /** @type {number | undefined} */
  closedWith

  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    this.url = url
    this.protocols = protocols
  }

  /** @param {any} frame */
  send(frame) {
    this.frames.push(frame)
  }

  /** @param {number} [code] */
  close(code) {
    this.closedWith = code
  }

  /** What the client has sent since the last look, decoded. */
  take() {
    return this.frames.splice(0).map((frame) => JSON.parse(frame))
  }

  async open() {
    this.onopen?.()
    await settle()
  }

  /** @param {...object} messages */
  async say(...messages) {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) })
    await settle()
  }

  /** The line ends, as the browser reports it. */
  async end(code = 1006, reason = '') {
    this.onclose?.({ code, reason })
    await settle()
  }
}

/** A line of sockets, a clock, and a random that always says `chance`. */
export function fakes(chance = 0.5) {
  /** @type {FakeSocket[]} */
  const sockets = []
  const clock = new FakeClock()
  class Socket extends FakeSocket {
    /** @param {string} url @param {string[]} protocols */
    constructor(url, protocols) {
      super(url, protocols)
      sockets.push(this)
    }
  }
  const WebSocket = /** @type {any} */ (Socket)
  return { sockets, clock, options: { WebSocket, clock, random: () => chance }, last: () => sockets[sockets.length - 1] }
}

/**
 * A `joined` as a server would write it.
 * @param {number} id
 * @param {Record<string, any>} [more]
 */
export function joined(id, more = {}) {
  return {
    type: 'joined', id, room: 'r', epoch: 'e1', seq: 10, lastId: 0,
    self: { member: 'me', key: 'k', role: 'member', since: 2, profile: null },
    members: [{ member: 'ada', profile: { name: 'Ada' }, since: 1, role: 'moderator' }],
    count: 2, locked: false, recovered: false, linger: 30, ice: [], iceTTL: 0, ...more,
  }
}
