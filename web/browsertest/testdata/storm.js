/** One member of a room, and what it has seen there. */

import { connect } from '/sdk/parley.js'

export const client = connect('/ws', { timeout: 0, queueLimit: 1000 })
export const room = client.room('storm')
export const heard = []
export const recovered = []
export const changes = []

room.on('event', ({ event, data }) => event === 'n' && heard.push(data))
room.on('member', ({ change, reason }) => changes.push(reason ? `${change} ${reason}` : change))
room.on('joined', (e) => recovered.push(e.recovered))

/** Sends 0 … count − 1, ten at a time, and resolves when all of them have been taken. */
export async function sendAll(count) {
  const taken = []
  for (let n = 0; n < count; n++) {
    taken.push(room.send('n', n))
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const seqs = (await Promise.all(taken)).map(({ seq }) => seq)
  return seqs.every((seq, i) => i === 0 || seq > seqs[i - 1])
}
