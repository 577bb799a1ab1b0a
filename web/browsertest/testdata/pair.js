/** Two members of one room in one page, and a peer connection between them. */

import { connect } from '/sdk/parley.js'
import { Peer } from '/sdk/peer.js'

/** A clock on which 15 s pass in one, for the patience of peers. */
const clock = { setTimeout: (run, ms) => setTimeout(run, ms / 15), clearTimeout: (timer) => clearTimeout(timer) }

export const errors = []
const peerless = { receive: [], configuration: { iceServers: [] } }

/** Whether the peer is up and has nothing left to negotiate. */
const settled = ({ state, pc }) => state === 'connected' && pc.signalingState === 'stable'

export async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

/**
 * @param {string} name of the room
 * @param {(room: object, who: 'older' | 'newer') => void} [meddle] with what a side sends
 * @param {(peer: Peer) => void} [begin] what the older side does with its peer at once
 */
export async function pair(name, meddle = () => {}, begin = () => {}) {
  const [first, second] = [connect('/ws', { clock }), connect('/ws', { clock })]
  const rooms = [await first.join(name), second.room(name)]
  meddle(rooms[0], 'older')
  meddle(rooms[1], 'newer')
  const older = new Promise((resolve) => rooms[0].on('member', ({ change, member }) => {
    if (change !== 'joined') return
    const peer = new Peer(rooms[0], member, peerless)
    begin(peer)
    resolve(peer)
  }))
  await rooms[1].join()
  const newer = new Peer(rooms[1], [...rooms[1].members.values()][0], peerless)
  const channel = newer.pc.createDataChannel('chat')
  const peers = [await older, newer]
  for (const peer of peers) peer.on('error', (error) => errors.push(String(error)))
  peers[0].on('datachannel', ({ channel: theirs }) => (theirs.onmessage = (e) => theirs.send(e.data)))
  return { peers, channel, up: () => until(() => peers.every(settled)) }
}

/** What comes back over the channel from the other side. */
export async function echo({ channel }, text) {
  const heard = new Promise((resolve) => (channel.onmessage = (e) => resolve(e.data)))
  await until(() => channel.readyState === 'open')
  channel.send(text)
  return heard
}
