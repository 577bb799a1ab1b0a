/** Two sides that offer at the same moment: both offers are held until both have been made. */

import { pair, until } from './pair.js'

/**
 * @param {string} name of the room
 * @param {'older' | 'newer'} first whose offer arrives first
 */
export async function glare(name, first) {
  const sent = []
  const held = {}
  const rooms = {}
  let holding = false
  const call = await pair(name, (room, who) => {
    const send = room.send
    rooms[who] = room
    room.send = async (event, ...rest) => {
      if (event === 'candidate') return send.call(room, event, ...rest)
      sent.push(`${who} ${event}`)
      if (holding) await new Promise((resolve) => (held[who] = resolve))
      return send.call(room, event, ...rest)
    }
  })
  await call.up()
  sent.length = 0
  holding = true
  for (const { pc } of call.peers) pc.addTransceiver('audio')
  await until(() => held.older && held.newer)
  const states = call.peers.map(({ pc }) => pc.signalingState)
  holding = false
  const second = first === 'older' ? 'newer' : 'older'
  const there = arrived(rooms[second])
  held[first]()
  await there
  held[second]()
  const negotiated = ({ pc }) => pc.getTransceivers().filter((t) => t.currentDirection !== null).length === 2
  await until(() => call.peers.every(negotiated))
  await call.up()
  return { call, states, sent, polite: call.peers.map((peer) => peer.polite) }
}

/** The offer has come to this side, which has acted upon it, or ignored it. */
const arrived = (room) => new Promise((resolve) => room.on('event', ({ event }) => event === 'offer' && resolve()))
