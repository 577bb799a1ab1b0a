/**
 * Calls over Parley rooms: WebRTC peer connections to one member, or to everybody.
 *
 *     import { connect } from './parley.js'
 *     import { Mesh } from './webrtc.js'
 *
 *     const room = connect().room('lobby')
 *     const mesh = new Mesh(room, { stream, channels: ['chat'] })
 *     mesh.on('track', ({ peer, streams }) => (video(peer).srcObject = streams[0]))
 *     mesh.on('gone', ({ peer }) => video(peer).remove())
 *     await room.join({ profile: { name: 'Ada' } })
 *
 * @typedef {import('./mesh.js').MeshOptions} MeshOptions
 * @typedef {import('./mesh.js').MeshEvents} MeshEvents
 * @typedef {import('./peer.js').PeerOptions} PeerOptions
 * @typedef {import('./peer.js').PeerEvents} PeerEvents
 * @typedef {import('./peer.js').PeerState} PeerState
 * @typedef {import('./peer.js').Signal} Signal
 */

export { Mesh } from './mesh.js'
export { Peer } from './peer.js'
