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
 * No dependencies. Calls over rooms are in webrtc.js.
 *
 * @typedef {import('./types.js').Member} Member
 * @typedef {import('./types.js').Self} Self
 * @typedef {import('./types.js').Role} Role
 * @typedef {import('./types.js').Resume} Resume
 * @typedef {import('./types.js').RoomEvent} RoomEvent
 * @typedef {import('./types.js').MemberEvent} MemberEvent
 * @typedef {import('./types.js').JoinedEvent} JoinedEvent
 * @typedef {import('./types.js').LeftEvent} LeftEvent
 * @typedef {import('./types.js').StateEvent} StateEvent
 * @typedef {import('./types.js').Clock} Clock
 * @typedef {import('./codec.js').Codec} Codec
 * @typedef {import('./errors.js').Code} Code
 * @typedef {import('./client.js').ClientOptions} ClientOptions
 * @typedef {import('./room.js').JoinOptions} JoinOptions
 * @typedef {import('./room.js').RequestOptions} RequestOptions
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
