/** An application of the package in TypeScript: its types, and in a browser what it does. */

import { connect, ParleyError, type Member, type MemberEvent, type Room, type RoomEvent } from 'parley-signaling'
import { Mesh, Peer, type PeerState } from 'parley-signaling/webrtc'

export async function talk(url: string): Promise<string> {
  const [ada, bob] = [connect(url, { storage: null }), connect(url, { storage: null })]
  const room: Room = ada.room('bundled')
  const mesh = new Mesh(room, { receive: [], channels: ['chat'] })
  const stop: () => void = room.on('member', ({ change, member }: MemberEvent) => void [change satisfies string, member satisfies Member])
  const control = new AbortController()
  room.on('joined', ({ recovered }) => void (recovered satisfies boolean), { signal: control.signal })
  await room.join({ profile: { name: 'Ada' } })
  stop()
  control.abort()

  const other = new Mesh(bob.room('bundled'), { receive: [], channels: ['chat'] })
  const heard = new Promise<string>((resolve) => other.on('message', ({ data, peer }) => resolve(`${peer.member.profile.name}: ${data}`)))
  mesh.on('open', ({ peer, channel }) => {
    const state: PeerState = peer.state
    if (peer instanceof Peer && state !== 'closed') channel.send('hello')
  })
  await bob.join('bundled', { timeout: 5000 })
  const said = await heard

  const events: RoomEvent[] = []
  bob.room('bundled').on('event', (e) => events.push(e))
  const { seq, missing } = await room.send('chat', { text: 'hi' }, { to: ['nobody', ...room.members.keys()] })
  try {
    await bob.room('bundled').kick('nobody')
  } catch (error) {
    if (error instanceof ParleyError && error.code === 'forbidden' && !error.retryable) return [said, seq > 0, missing, error.code].join(' ')
  }
  return 'a member may kick'
}

// What the types must refuse.
export function wrong(room: Room) {
  // @ts-expect-error: there is no such event
  room.on('nothing', () => {})
  // @ts-expect-error: a time-out is a number
  void room.send('chat', {}, { timeout: 'soon' })
  // @ts-expect-error: a member is a snapshot in a map that is not to be changed
  room.members.clear()
  // @ts-expect-error: an error's code is one of a closed set
  new ParleyError('oops')
}

Object.assign(globalThis, { talk })
