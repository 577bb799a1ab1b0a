/** One member with a mesh, for a page that is reloaded. */

import { connect } from '/sdk/parley.js'
import { Mesh } from '/sdk/webrtc.js'

export const client = connect('/ws')
export const room = client.room('reload')
export const mesh = new Mesh(room, { receive: [], channels: ['chat'], configuration: { iceServers: [] } })
export const heard = []
export const gone = []
export const changes = []
export const errors = []

mesh.on('message', ({ data }) => heard.push(data))
mesh.on('gone', ({ reason }) => gone.push(reason))
mesh.on('error', ({ error }) => errors.push(String(error)))
room.on('member', ({ change }) => changes.push(change))
room.on('left', ({ reason }) => changes.push(`myself ${reason}`))

/** Whether the channel to the other one is open. */
export const up = () => mesh.peers.size === 1 && [...mesh.peers.values()].every(({ state, channels }) => state === 'connected' && channels.get('chat').readyState === 'open')
