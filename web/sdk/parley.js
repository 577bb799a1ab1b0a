/**
 * Parley signaling for browsers and Node: rooms over one WebSocket, with reconnects that
 * neither lose nor double anything.
 *
 *     import { connect } from './parley.js'
 *
 *     const room = await connect('/ws').join('lobby', { profile: { name: 'Ada' } })
 *     room.on('event', ({ from, event, data }) => console.log(from, event, data))
 *     await room.send('chat', { text: 'hello' })
 *
 * No dependencies. WebRTC peer connections over a room are in peer.js.
 */

import { Client } from './client.js'

export { Client } from './client.js'
export { Room } from './room.js'
export { ParleyError } from './errors.js'
export { json, msgpack } from './codec.js'

/**
 * Makes a client and starts connecting.
 * @param {string | URL} [url] of the engine's native endpoint; relative to the page, http(s) or ws(s)
 * @param {import('./client.js').ClientOptions} [options]
 */
export function connect(url = '/ws', options) {
  return new Client(url, options).connect()
}
