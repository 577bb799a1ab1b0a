import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { connect } from '../sdk/parley.js'
import { Mesh } from '../sdk/webrtc.js'
import { FakePeerConnection, connections } from './fakepeer.js'
import { fakes, joined, settle } from './fakes.js'

beforeEach(() => void connections.splice(0))

const RTCPeerConnection = /** @type {any} */ (FakePeerConnection)
const member = (/** @type {string} */ id, /** @type {number} */ since) => ({ member: id, profile: { person: `p-${id}` }, since, role: 'member' })

/**
 * Somebody with `since` 5 and a mesh in room `r`, where the named ones are already; `older` has
 * 1, `newer` 9.
 * @param {string[]} others
 * @param {import('../sdk/webrtc.js').MeshOptions} [options]
 */
async function inMesh(others, options, more = {}) {
  const line = fakes()
  const client = connect('ws://engine/ws', line.options)
  const room = client.room('r')
  const mesh = new Mesh(room, { RTCPeerConnection, ...options })
  /** @type {any[]} */
  const seen = []
  for (const type of /** @type {const} */ (['peer', 'gone', 'error'])) mesh.on(type, (/** @type {any} */ e) => seen.push([type, e.peer.member.id, e.reason ?? e.error?.message].filter(Boolean).join(' ')))
  void room.join()
  await line.last().open()
  const self = { member: 'me', key: 'k', role: 'member', since: 5, profile: null }
  const members = others.map((id) => member(id, id === 'older' ? 1 : 9))
  const id = line.last().take()[0].id
  await line.last().say(joined(id, { self, members, ...more }))
  let seq = 10
  const say = (/** @type {any[]} */ ...messages) => line.last().say(...messages.map((m) => ({ room: 'r', seq: ++seq, ...m })))
  return {
    ...line, client, room, mesh, seen, members, say,
    /** The other one sends. @param {string} from @param {string} event @param {any} data */
    hear: (from, event, data) => say({ type: 'event', from, event, data, to: 'me' }),
    /** Descriptions sent since the last look. */
    said: () => line.last().take().filter((m) => m.type === 'send' && m.event !== 'candidate').map(({ event, to, data }) => ({ event, to, ...data })),
  }
}

test('the newcomer offers, with a place for what the other side may send; the older one waits for that', async () => {
  const { said } = await inMesh(['older', 'newer'])
  assert.equal(connections.length, 2)
  const [offer, ...others] = said()
  assert.deepEqual(others, [])
  assert.deepEqual([offer.event, offer.to, offer.type, typeof offer.by, offer.for], ['offer', 'older', 'offer', 'string', undefined])
  assert.deepEqual(connections.map((pc) => pc.getTransceivers().length), [2, 0])
})

test('glare: the impolite side ignores the offer and its candidates, and complains of none of them', async () => {
  const { hear, said, seen, mesh } = await inMesh(['newer'])
  const [pc] = connections
  await hear('newer', 'offer', { type: 'offer', sdp: 'theirs', by: 'x' })
  assert.deepEqual([said()[0].sdp, mesh.peers.get('newer')?.polite], ['answer to theirs', false])
  pc.onnegotiationneeded()
  await settle()
  await hear('newer', 'offer', { type: 'offer', sdp: 'crossing', by: 'x', for: said()[0].by })
  await hear('newer', 'candidate', { candidate: 'bad' })
  assert.equal(pc.remoteDescription.sdp, 'theirs')
  assert.equal(pc.signalingState, 'have-local-offer')
  await hear('newer', 'candidate', { candidate: 'late' })
  await hear('newer', 'answer', { type: 'answer', sdp: 'ok', by: 'x' })
  pc.release?.()
  await settle()
  assert.deepEqual(seen, ['peer newer'], 'nor of one that is refused after the answer')
  await hear('newer', 'candidate', { candidate: 'bad' })
  assert.deepEqual(seen, ['peer newer', 'error newer OperationError'], 'without an ignored offer errors are told')
})

test('glare: the polite side rolls back and answers', async () => {
  const { hear, said } = await inMesh(['older'])
  const [pc] = connections
  said()
  await hear('older', 'offer', { type: 'offer', sdp: 'crossing', by: 'x' })
  await hear('older', 'candidate', null)
  assert.deepEqual(pc.done, ['rollback'])
  assert.equal(said()[0].sdp, 'answer to crossing')
  assert.deepEqual(pc.candidates, [null], 'the end of candidates is passed on')
})

test('an offer that comes while an answer is being set is no collision, for the impolite side too', async () => {
  const { hear, said, seen } = await inMesh(['newer'])
  const [pc] = connections
  await hear('newer', 'offer', { type: 'offer', sdp: 'first', by: 'x' })
  pc.onnegotiationneeded()
  await settle()
  said()
  pc.holdAnswers = true
  await hear('newer', 'answer', { type: 'answer', sdp: 'a', by: 'x' })
  assert.equal(pc.signalingState, 'have-local-offer')
  // The operations chain of a real connection would order the two; here the answer is let through first.
  const set = pc.setRemoteDescription.bind(pc)
  const order = /** @type {string[]} */ ([])
  pc.setRemoteDescription = async (description) => {
    pc.release?.()
    await settle()
    order.push(description.sdp)
    return set(description)
  }
  await hear('newer', 'offer', { type: 'offer', sdp: 'second', by: 'x' })
  await settle()
  await settle()
  assert.deepEqual(order, ['second'], 'it was not ignored')
  assert.equal(said().at(-1)?.sdp, 'answer to second')
  assert.deepEqual(seen, ['peer newer'])
})

test('signals of, and for, a connection before this one are told apart', async () => {
  const { hear, said, seen, mesh } = await inMesh(['older'])
  const { by } = said()[0]
  await hear('older', 'answer', { type: 'answer', sdp: 'stale', by: 'x', for: 'another' })
  assert.equal(connections[0].signalingState, 'have-local-offer')
  await hear('older', 'answer', { type: 'answer', sdp: 'a', by: 'x', for: by })
  assert.equal(connections[0].signalingState, 'stable')
  await hear('older', 'offer', { type: 'offer', sdp: 'anew', by: 'reloaded' })
  await settle()
  assert.deepEqual(seen, ['peer older', 'gone older replaced', 'peer older'])
  assert.equal(connections.length, 2)
  assert.deepEqual(connections[0].done, ['close'])
  assert.equal(mesh.peers.get('older')?.pc, connections[1])
  const [answer] = said()
  assert.deepEqual([answer.sdp, answer.for, answer.by === by], ['answer to anew', 'reloaded', false])
})

test('a page that has come back to its membership offers to everybody', async () => {
  const line = fakes()
  const client = connect('ws://engine/ws', line.options)
  const room = client.room('r')
  new Mesh(room, { RTCPeerConnection })
  void room.join({ resume: { member: 'me', key: 'k', epoch: 'e1', seq: 3 } })
  await line.last().open()
  const self = { member: 'me', key: 'k', role: 'member', since: 5, profile: null }
  await line.last().say(joined(line.last().take()[0].id, { self, recovered: true, members: [member('older', 1), member('newer', 9)] }))
  await settle()
  assert.deepEqual(line.last().take().filter((m) => m.event === 'offer').map((m) => m.to), ['older', 'newer'])
})

test('fresh ICE servers are applied to every connection, also to those to come', async () => {
  const { last, say } = await inMesh(['older'])
  const iceServers = [{ urls: 'turn:engine', username: '1:a', credential: 's' }]
  await last().say({ type: 'ice', ice: iceServers, iceTTL: 600 })
  assert.deepEqual(connections[0].configuration.iceServers, iceServers)
  await say({ type: 'member', change: 'joined', ...member('newer', 9) })
  assert.deepEqual(connections[1].configuration.iceServers, iceServers)
  const own = [{ urls: 'stun:own' }]
  const other = await inMesh(['older'], { configuration: { iceServers: own } })
  await other.last().say({ type: 'ice', ice: iceServers, iceTTL: 600 })
  assert.deepEqual(connections[2].configuration.iceServers, own, "an application's own are left alone")
})

test('a connection that was up and is interrupted is restarted after 4 s, one that fails at once', async () => {
  const { hear, said, clock, mesh } = await inMesh(['older'])
  const [pc] = connections
  await hear('older', 'answer', { type: 'answer', sdp: 'a', by: 'x', for: said()[0].by })
  pc.become('connected')
  pc.become('disconnected')
  assert.equal(mesh.peers.get('older')?.state, 'reconnecting')
  await clock.advance(3_999)
  assert.deepEqual(pc.done, [])
  await clock.advance(1)
  assert.deepEqual(pc.done, ['restartIce'])
  assert.equal(mesh.peers.get('older')?.state, 'reconnecting')
  await clock.advance(15_000)
  assert.equal(mesh.peers.get('older')?.state, 'failed', 'no way in 15 s more; it is tried on')
  assert.deepEqual(pc.done, ['restartIce', 'restartIce'])
  pc.become('connected')
  pc.become('failed')
  assert.deepEqual(pc.done, ['restartIce', 'restartIce', 'restartIce'])
})

test('an offer without an answer is said again after 15 s', async () => {
  const { said, clock } = await inMesh(['older'])
  const [first] = said()
  await clock.advance(15_000)
  assert.deepEqual(said()[0], first)
})

test('who leaves is gone at once; who vanishes keeps a connection that stands, for as long as it may come back', async () => {
  const { say, hear, said, mesh, seen, clock } = await inMesh(['older', 'newer'])
  const [toOlder, toNewer] = connections
  await hear('older', 'answer', { type: 'answer', sdp: 'a', by: 'x', for: said()[0].by })
  toOlder.become('connected')
  toNewer.become('connected')
  await say({ type: 'member', change: 'left', member: 'newer', reason: 'leave' }, { type: 'member', change: 'left', member: 'older', reason: 'timeout' })
  assert.deepEqual(seen.slice(2), ['gone newer leave'])
  await say({ type: 'member', change: 'joined', ...member('again', 12), profile: { person: 'p-older' } })
  assert.equal(connections.length, 2, 'the same person: the same connection')
  assert.equal(mesh.peers.get('again')?.pc, toOlder)
  assert.equal(mesh.peers.get('again')?.polite, true, 'roles are kept for its life')
  await clock.advance(30_000)
  assert.equal(mesh.peers.size, 1)
  await say({ type: 'member', change: 'left', member: 'again', reason: 'timeout' })
  await clock.advance(29_999)
  assert.equal(mesh.peers.size, 1)
  await clock.advance(1)
  assert.deepEqual(seen.at(-1), 'gone again timeout')
})

test('with whom is the application’s choice, and what is not accepted yet waits', async () => {
  let admitted = false
  const { hear, mesh, said } = await inMesh(['newer'], { accept: () => admitted })
  assert.equal(mesh.peers.size, 0)
  await hear('newer', 'offer', { type: 'offer', sdp: 'early', by: 'x' })
  await hear('newer', 'candidate', { candidate: 'c' })
  admitted = true
  mesh.refresh()
  await settle()
  assert.equal(said()[0].sdp, 'answer to early')
  assert.deepEqual(connections[0].candidates, [{ candidate: 'c' }])
  admitted = false
  mesh.refresh()
  assert.equal(mesh.peers.size, 0)
})

test('the end of the membership, or of the mesh, ends all connections and leaves no timer', async () => {
  for (const end of /** @type {const} */ (['room', 'mesh'])) {
    const { client, mesh, clock } = await inMesh(['older', 'newer'])
    if (end === 'mesh') mesh.close()
    client.close()
    assert.deepEqual(connections.splice(0).map((pc) => pc.done), [['close'], ['close']])
    assert.equal(clock.timers.size, 0)
  }
})
