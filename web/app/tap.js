import { Emitter } from '../sdk/emitter.js'

/**
 * @typedef {object} Frame What really went over the line.
 * @property {'in' | 'out'} way
 * @property {any} message
 * @property {number} bytes characters of it
 */

/**
 * Overhears the client's WebSocket, and can drop it.
 * @extends {Emitter<{ frame: Frame, up: {}, down: {} }>}
 */
export class Tap extends Emitter {
  /** @type {Socket | null} */
  #socket = null
  #until = 0

  /** To be given to the client in place of WebSocket. */
  get WebSocket() {
    const tap = this
    return /** @type {typeof WebSocket} */ (/** @type {unknown} */ (class extends Socket {
      /** @param {string} url @param {string[]} protocols */
      constructor(url, protocols) {
        super(tap, tap.#until - Date.now(), url, protocols)
        tap.#socket = this
      }
    }))
  }

  /**
   * Cuts the line, and lets none up for a while. The engine is told nothing: its side sees a
   * socket that ends without a leave.
   * @param {number} ms
   */
  drop(ms) {
    this.#until = Date.now() + ms
    this.#socket?.cut()
  }
}

/** A WebSocket as far as the client uses it, which may wait before it opens. */
class Socket {
  /** @type {WebSocket | null} */
  #native = null
  #timer
  #tap
  /** @type {(() => void) | null} */ onopen = null
  /** @type {((e: { data: any }) => void) | null} */ onmessage = null
  /** @type {((e: { code: number, reason: string }) => void) | null} */ onclose = null
  binaryType = 'arraybuffer'

  /**
   * @param {Tap} tap
   * @param {number} wait milliseconds
   * @param {string} url
   * @param {string[]} protocols
   */
  constructor(tap, wait, url, protocols) {
    this.#tap = tap
    this.#timer = setTimeout(() => this.#open(url, protocols), Math.max(0, wait))
  }

  /** @param {string} frame */
  send(frame) {
    this.#native?.send(frame)
    this.#hear('out', frame)
  }

  /** @param {number} [code] @param {string} [reason] */
  close(code, reason) {
    clearTimeout(this.#timer)
    this.#native?.close(code, reason)
  }

  cut() {
    const tell = this.onclose
    this.onmessage = this.onclose = null
    this.close(4000, 'dropped by hand')
    this.#tap.emit('down', {})
    tell?.({ code: 1006, reason: '' })
  }

  /** @param {string} url @param {string[]} protocols */
  #open(url, protocols) {
    const native = (this.#native = new WebSocket(url, protocols))
    native.onopen = () => {
      this.#tap.emit('up', {})
      this.onopen?.()
    }
    native.onmessage = ({ data }) => {
      if (!this.onmessage) return
      this.#hear('in', data)
      this.onmessage({ data })
    }
    native.onclose = ({ code, reason }) => {
      if (this.onclose) this.#tap.emit('down', {})
      this.onclose?.({ code, reason })
    }
  }

  /** @param {'in' | 'out'} way @param {string} frame */
  #hear(way, frame) {
    try {
      this.#tap.emit('frame', { way, message: JSON.parse(frame), bytes: frame.length })
    } catch {
      // not a message: the client will say so
    }
  }
}
