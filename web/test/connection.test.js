import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, ParleyError } from '../sdk/parley.js'
import { backoff } from '../sdk/retry.js'
import { fakes, joined, settle } from './fakes.js'

/** A client in room `r`, and the states it goes through. @param {Partial<import('../sdk/client.js').ClientOptions>} [more] */
async function inRoom(more, chance = 0.5) {
  const line = fakes(chance)
  const client = connect('ws://engine/ws', { ...line.options, ...more })
  /** @type {string[]} */
  const states = [client.state]
  client.on('state', ({ state }) => states.push(state))
  const entering = client.join('r')
  await line.last().open()
  await line.last().say(joined(line.last().take()[0].id))
  return { ...line, client, states, room: await entering }
}

test('back-off: full jitter between 0 and a bound that goes from 0.3 to 10 s, and stays below one for ten attempts', () => {
  const bounds = Array.from({ length: 16 }, (_, n) => backoff(n, () => 1))
  assert.deepEqual(bounds, [300, 600, ...Array(8).fill(900), 1800, 3600, 7200, 10_000, 10_000, 10_000])
  assert.equal(backoff(3, () => 0), 0)
  assert.equal(backoff(0, () => 0.5, 4000), 4150, 'what the server asked for comes on top')
  assert.equal(backoff(5000, () => 1), 10_000)
})

test('it comes back by itself, waiting longer each time, until a room has let it in', async () => {
  const { clock, sockets, last, states, client } = await inRoom({}, 0.999)
  const waits = []
  for (let n = 0; n < 4; n++) {
    await last().end()
    const before = clock.now
    while (sockets.length === n + 1) await clock.advance(10)
    waits.push(clock.now - before)
  }
  assert.deepEqual(waits, [300, 600, 900, 900])
  await last().open()
  await last().say(joined(last().take()[0].id, { recovered: true }))
  await last().end()
  await clock.advance(300)
  assert.equal(sockets.length, 6)
  assert.deepEqual([...new Set(states)], ['connecting', 'open', 'reconnecting'])
  client.close()
  assert.equal(clock.timers.size, 0, 'closing leaves no timer behind')
})

for (const [code, reason] of [[1008, 'closed'], [4409, 'replaced'], [4410, 'kicked'], [4401, 'unauthorized'], [1000, 'closed']]) {
  test(`close code ${code} is terminal`, async () => {
    const { clock, sockets, last, client, room } = await inRoom()
    /** @type {string[]} */
    const left = []
    room.on('left', (e) => left.push(e.reason))
    const unanswered = assert.rejects(room.send('a'), { code: 'closed', retryable: false })
    await last().end(Number(code))
    await clock.advance(60_000)
    assert.equal(sockets.length, 1)
    assert.equal(client.state, 'closed')
    assert.deepEqual(left, [reason])
    assert.equal(clock.timers.size, 0)
    await unanswered
  })
}

for (const code of [1001, 1006, 1011, 1013, 4408, 4429]) {
  test(`close code ${code} is not`, async () => {
    const { clock, sockets, last, client } = await inRoom()
    await last().end(code)
    assert.equal(client.state, 'reconnecting')
    await clock.advance(300)
    assert.equal(sockets.length, 2)
  })
}

test('4400, no room in time: a client without rooms rests, and a join wakes it', async () => {
  const { clock, sockets, last, client, room } = await inRoom()
  const left = room.leave()
  await last().say({ type: 'ok', id: last().take()[0].id, seq: 11 })
  await left
  await last().end(4400)
  assert.equal(client.state, 'idle')
  await clock.advance(60_000)
  assert.equal(sockets.length, 1)
  client.join('r', { timeout: 0 })
  assert.equal(client.state, 'connecting')
  assert.equal(sockets.length, 2)
})

test('retryAfter of a bye is waited for, with jitter on top, and its code counts where the close says nothing', async () => {
  const { clock, sockets, last } = await inRoom()
  await last().say({ type: 'bye', code: 1001, reason: 'drain', retryAfter: 5000 })
  await last().end(1006)
  await clock.advance(5149)
  assert.equal(sockets.length, 1)
  await clock.advance(1)
  assert.equal(sockets.length, 2)
  const other = await inRoom()
  await other.last().say({ type: 'bye', code: 1008, reason: 'policy' })
  await other.last().end(1006)
  assert.equal(other.client.state, 'closed')
})

test('silence is probed after 25 s, and 10 s later the line counts as dead', async () => {
  const { clock, sockets, last, client, room } = await inRoom()
  await clock.advance(24_999)
  assert.deepEqual(last().take(), [])
  await clock.advance(1)
  assert.deepEqual(last().take(), [{ type: 'ping' }])
  await last().say({ type: 'pong' })
  await clock.advance(25_000)
  assert.deepEqual(last().take(), [{ type: 'ping' }])
  const dead = last()
  await clock.advance(10_000)
  assert.equal(dead.closedWith, 4000, 'not 1000, which would leave the rooms')
  assert.equal(client.state, 'reconnecting')
  await clock.advance(300)
  assert.equal(sockets.length, 2)
  await last().open()
  await last().say(joined(last().take()[0].id, { recovered: true }))
  /** @type {string[]} */
  const seen = []
  room.on('event', ({ event }) => seen.push(event))
  await dead.say({ type: 'event', room: 'r', seq: 11, from: 'ada', event: 'late', data: null })
  await dead.end(1006)
  assert.deepEqual([seen, client.state], [[], 'open'], 'the old socket is not listened to')
})

test('the page comes back online: it tries at once, unless asked to stay away; a line that is up is probed', async (t) => {
  const page = new EventTarget()
  const global = /** @type {any} */ (globalThis)
  global.addEventListener = page.addEventListener.bind(page)
  t.after(() => delete global.addEventListener)
  const { sockets, last, client } = await inRoom({}, 0.9)
  page.dispatchEvent(new Event('online'))
  assert.deepEqual(last().take(), [{ type: 'ping' }])
  await last().end()
  page.dispatchEvent(new Event('online'))
  assert.equal(sockets.length, 2)
  page.dispatchEvent(new Event('pageshow'))
  assert.equal(sockets.length, 2, 'an attempt is under way')
  await last().open()
  await last().say({ type: 'bye', code: 1013, reason: 'overloaded', retryAfter: 5000 })
  await last().end(1013)
  page.dispatchEvent(new Event('online'))
  assert.equal(sockets.length, 2)
  client.close()
  page.dispatchEvent(new Event('online'))
  assert.equal(sockets.length, 2, 'a closed client listens no more')
})

test('a connection that does not open in 10 s is given up', async () => {
  const { clock, sockets, client } = await (async () => {
    const line = fakes()
    return { ...line, client: connect('ws://engine/ws', line.options) }
  })()
  await clock.advance(10_000 + 150)
  assert.equal(sockets.length, 2)
  assert.equal(client.state, 'connecting')
})

test('a frame that cannot be read ends the connection, for a message would be missing', async () => {
  const { last, client } = await inRoom()
  const socket = last()
  socket.onmessage?.({ data: '{' })
  assert.equal(client.state, 'reconnecting')
  assert.equal(socket.closedWith, 4000)
})

test('close() says 1000 and ends everything', async () => {
  const { last, client, room, clock } = await inRoom()
  client.close()
  assert.equal(last().closedWith, 1000)
  assert.equal(client.state, 'closed')
  assert.equal(room.state, 'left')
  await assert.rejects(room.send('a'), { code: 'not_joined' })
  assert.equal(clock.timers.size, 0)
})

for (const reason of ['kicked', 'replaced', 'closed', 'unauthorized']) {
  test(`bye ${reason} ends this room; the connection lives on`, async () => {
    const { last, client, room, sockets } = await inRoom()
    /** @type {any[]} */
    const left = []
    room.on('left', (e) => left.push(e))
    await last().say({ type: 'bye', room: 'r', code: 4410, reason, text: 'enough' })
    assert.deepEqual(left, [{ reason, text: 'enough' }])
    assert.equal(client.state, 'open')
    assert.equal(sockets.length, 1)
  })
}

test('a first join that is refused rejects; a return that is refused for now is tried again', async () => {
  const line = fakes()
  const client = connect('ws://engine/ws', line.options)
  const full = assert.rejects(client.join('r'), { code: 'room_full', retryable: false })
  await line.last().open()
  await line.last().say({ type: 'error', id: line.last().take()[0].id, room: 'r', code: 'room_full', message: 'full' })
  await full

  const { last, clock, room } = await inRoom()
  /** @type {string[]} */
  const left = []
  room.on('left', (e) => left.push(e.reason))
  await last().end()
  await clock.advance(300)
  await last().open()
  await last().say({ type: 'error', id: last().take()[0].id, room: 'r', code: 'unavailable', message: '', retryAfter: 2000 })
  assert.equal(room.state, 'suspended')
  await clock.advance(2000 + 300)
  const [again] = last().take()
  assert.equal(again.resume.member, 'me')
  await last().say({ type: 'error', id: again.id, room: 'r', code: 'room_full', message: 'full' })
  assert.deepEqual(left, ['room_full'])
})

test('tokens: asked for at every join; one refusal gets another, the second is final', async () => {
  const tokens = ['t1', 't2', 't3']
  const line = fakes()
  const client = connect('ws://engine/ws', { ...line.options, getToken: async () => tokens.shift() ?? '' })
  const refused = assert.rejects(client.join('r'), { code: 'closed' })
  await line.last().open()
  assert.equal(line.last().take()[0].token, 't1')
  await line.last().end(4401)
  await line.clock.advance(300)
  await line.last().open()
  assert.equal(line.last().take()[0].token, 't2')
  await line.last().end(4401)
  await refused
  assert.equal(client.state, 'closed')
})

test('a token that cannot be had now is asked for again, with back-off; one that comes too late is not used', async () => {
  const line = fakes()
  /** @type {{ resolve: (token: string) => void, reject: (error: Error) => void }[]} */
  const asked = []
  const getToken = () => new Promise((resolve, reject) => void asked.push({ resolve, reject }))
  connect('ws://engine/ws', { ...line.options, getToken }).join('r', { timeout: 0 })
  await line.last().open()
  assert.equal(asked.length, 1)
  asked[0].reject(new Error('the token server is down'))
  await line.clock.advance(149)
  assert.equal(asked.length, 1)
  await line.clock.advance(1)
  assert.equal(asked.length, 2)
  await line.last().end()
  await line.clock.advance(300)
  await line.last().open()
  assert.equal(asked.length, 3)
  asked[1].resolve('late')
  await settle()
  assert.deepEqual(line.last().take(), [])
  asked[2].resolve('fresh')
  await settle()
  assert.deepEqual(line.last().take().map((m) => m.token), ['fresh'])
})

test('where there is no WebSocket, it says what to do', () => {
  const global = /** @type {any} */ (globalThis)
  const own = global.WebSocket
  try {
    global.WebSocket = undefined
    assert.throws(() => connect('ws://engine/ws'), /pass one as the option `WebSocket`/)
  } finally {
    global.WebSocket = own
  }
})

test('a token about to expire is renewed without disturbing the room', async () => {
  let n = 0
  const { last, room } = await inRoom({ getToken: async () => `t${++n}` })
  /** @type {any[]} */
  const seen = []
  room.on('joined', (e) => seen.push(e))
  await last().say({ type: 'event', room: 'r', seq: 20, from: 'ada', event: 'x', data: 1 })
  await last().say({ type: 'error', room: 'r', code: 'unauthorized', message: 'soon', retryAfter: 30_000 })
  const [join] = last().take()
  assert.equal(join.token, 't2')
  await last().say(joined(join.id))
  assert.deepEqual(seen, [])
  assert.equal(room.resume?.seq, 20)
})

test('on and its three ways to stop', async () => {
  const { last, room } = await inRoom()
  /** @type {string[]} */
  const seen = []
  const stop = room.on('event', () => seen.push('a'))
  const control = new AbortController()
  room.on('event', () => seen.push('b'), { signal: control.signal })
  room.on('event', () => seen.push('once'), { once: true })
  const event = { type: 'event', room: 'r', from: 'ada', event: 'x', data: 1 }
  await last().say({ ...event, seq: 11 })
  stop()
  await last().say({ ...event, seq: 12 })
  control.abort()
  await last().say({ ...event, seq: 13 })
  assert.deepEqual(seen, ['a', 'b', 'once', 'b'])
})

test('ICE servers are told when they change; unclaimed errors are an event', async () => {
  const { last, client } = await inRoom()
  /** @type {any[]} */
  const seen = []
  client.on('ice', ({ iceServers }) => seen.push(iceServers))
  client.on('error', (e) => seen.push(e))
  const ice = [{ urls: 'stun:engine' }]
  await last().say({ type: 'ice', ice, iceTTL: 60 }, { type: 'ice', ice, iceTTL: 60 }, { type: 'error', code: 'bad_frame', message: 'what?' })
  assert.deepEqual(client.iceServers, ice)
  assert.deepEqual(seen[0], ice)
  assert.ok(seen[1] instanceof ParleyError)
  assert.equal(seen.length, 2)
})

test('msgpack, with a library brought along', async () => {
  const library = await import('@msgpack/msgpack')
  const { msgpack } = await import('../sdk/parley.js')
  const line = fakes()
  const client = connect('ws://engine/ws', { ...line.options, codec: msgpack(/** @type {any} */ (library)) })
  const entering = client.join('r')
  await line.last().open()
  assert.deepEqual(line.last().protocols, ['parley.v1.msgpack'])
  assert.equal(line.last().binaryType, 'arraybuffer')
  const join = /** @type {any} */ (library.decode(line.last().frames[0]))
  assert.deepEqual(Object.keys(join).sort(), ['id', 'nonce', 'room', 'type'], 'what is undefined is left out, not null')
  const bytes = library.encode(joined(join.id))
  line.last().onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) })
  await settle()
  assert.equal((await entering).self?.id, 'me')
})
