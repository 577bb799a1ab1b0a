/** A party of members in one page, each with a client and a mesh of its own. */

import { connect } from '/sdk/parley.js'
import { Mesh } from '/sdk/webrtc.js'
import { until } from './pair.js'

/** A clock on which 15 s pass in one, for the patience of peers. */
const clock = { setTimeout: (run, ms) => setTimeout(run, ms / 15), clearTimeout: (timer) => clearTimeout(timer) }

export const errors = []
/** Everyone in the party so far. */
export const party = []

const defaults = { receive: [], channels: ['chat'], configuration: { iceServers: [] } }

/**
 * Somebody of that name, not in the room yet.
 * @param {string} room
 * @param {string} name
 */
export function somebody(room, name, options = {}, clientOptions = {}) {
  const client = connect('/ws', clientOptions)
  const one = { name, client, room: client.room(room), heard: [], gone: [], tracks: [] }
  one.mesh = new Mesh(one.room, { ...defaults, ...options })
  one.mesh.on('message', ({ peer, data }) => one.heard.push(`${peer.member.profile.name}: ${data}`))
  one.mesh.on('gone', ({ peer, reason }) => one.gone.push({ name: peer.member.profile.name, reason, at: performance.now() }))
  one.mesh.on('track', ({ peer, track }) => one.tracks.push(`${peer.member.profile.name} ${track.kind}`))
  one.mesh.on('untrack', ({ peer, track }) => one.tracks.push(`${peer.member.profile.name} -${track.kind}`))
  one.mesh.on('error', ({ error }) => errors.push(`${name}: ${error}`))
  one.enter = () => one.room.join({ profile: { name, person: name } })
  party.push(one)
  return one
}

/** Waits until all of them are connected to each other, channels open and nothing left to negotiate. */
export const complete = (all = party) =>
  until(() => all.every(({ mesh }) => mesh.peers.size === all.length - 1 && [...mesh.peers.values()].every(settled)))

const settled = ({ state, pc, channels }) =>
  state === 'connected' && pc.signalingState === 'stable' && [...channels.values()].every((c) => c.readyState === 'open')

/** How many have heard everybody else's greeting. */
export async function greet(all = party) {
  for (const one of all) one.heard.length = 0
  for (const one of all) one.mesh.send('chat', 'hello')
  await until(() => all.every(({ heard }) => heard.length === all.length - 1))
  return all.map(({ heard }) => [...new Set(heard)].length)
}

/** A camera that needs no device. */
export function camera() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 })
  const context = canvas.getContext('2d')
  setInterval(() => context.fillRect(Math.random() * 160, 0, 10, 120), 100)
  return canvas.captureStream(10)
}

export { clock, until }
