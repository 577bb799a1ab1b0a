/**
 * One encoding of the protocol.
 * @typedef {object} Codec
 * @property {string} protocol the WebSocket subprotocol that asks for it
 * @property {(message: object) => string | Uint8Array<ArrayBuffer>} encode
 * @property {(frame: any) => any} decode a frame's data: a string, or an ArrayBuffer
 */

/** @type {Codec} Text frames; the default. */
export const json = {
  protocol: 'parley.v1.json',
  encode: (message) => JSON.stringify(message),
  decode: (frame) => JSON.parse(frame),
}

/**
 * Binary frames, by a msgpack library that the application brings along:
 * `msgpack(await import('@msgpack/msgpack'))`.
 * @param {{ encode: (value: unknown, options?: any) => Uint8Array<ArrayBuffer>, decode: (bytes: ArrayBuffer) => unknown }} library
 * @returns {Codec}
 */
export function msgpack({ encode, decode }) {
  return {
    protocol: 'parley.v1.msgpack',
    encode: (message) => encode(message, { ignoreUndefined: true }),
    decode: (frame) => decode(frame),
  }
}

const utf8 = new TextEncoder()

/**
 * A frame's payload length in bytes.
 * @param {string | Uint8Array} frame
 */
export function byteLength(frame) {
  return typeof frame === 'string' ? utf8.encode(frame).length : frame.byteLength
}
