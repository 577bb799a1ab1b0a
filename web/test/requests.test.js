import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../sdk/parley.js'
import { fakes, joined, settle } from './fakes.js'

/** A client in room `r`. @param {import('../sdk/client.js').ClientOptions} [more] */
async function inRoom(more) {
  const line = fakes()
  const client = connect('ws://engine/ws', { ...line.options, ...more })
  const entering = client.join('r')
  await line.last().open()
  await line.last().say(joined(line.last().take()[0].id))
  return { ...line, client, room: await entering }
}

/** The line is cut and comes back; hands over the new join. @param {Awaited<ReturnType<typeof inRoom>>} line */
async function cutAndReopen({ last, clock }) {
  await last().end()
  await clock.advance(1000)
  await last().open()
  return last().take()[0]
}

test('requests are numbered upwards and settled by their answers', async () => {
  const { room, last } = await inRoom()
  const both = [room.send('a', 1), room.send('b', 2, { to: ['ada', 'gone'] })]
  const [a, b] = last().take()
  assert.ok(a.id > 0 && b.id > a.id)
  assert.deepEqual(a, { type: 'send', room: 'r', event: 'a', data: 1, id: a.id })
  assert.deepEqual(b.to, ['ada', 'gone'])
  await last().say({ type: 'ok', id: b.id, seq: 12, missing: ['gone'] }, { type: 'ok', id: a.id, seq: 11 })
  assert.deepEqual(await Promise.all(both), [{ seq: 11, missing: [] }, { seq: 12, missing: ['gone'] }])
})

test('an error carries its code, and whether to try again', async () => {
  const { room, last } = await inRoom()
  const limited = assert.rejects(room.send('a'), { code: 'rate_limited', message: 'slow down', retryAfter: 500, retryable: true })
  await last().say({ type: 'error', id: last().take()[0].id, code: 'rate_limited', message: 'slow down', retryAfter: 500 })
  await limited
  const forbidden = assert.rejects(room.kick('ada', 'why not'), { code: 'forbidden', retryable: false })
  const [kick] = last().take()
  assert.deepEqual(kick, { type: 'kick', room: 'r', member: 'ada', reason: 'why not', id: kick.id })
  await last().say({ type: 'error', id: kick.id, code: 'forbidden', message: 'moderators only' })
  await forbidden
})

test('unanswered requests are repeated in order, to the byte, after a resume', async () => {
  const line = await inRoom()
  const { room, last } = line
  const answers = [room.send('a'), room.send('b'), room.send('c')]
  const before = [...last().frames]
  const ids = last().take().map((m) => m.id)
  await last().say({ type: 'ok', id: ids[1], seq: 11 })
  const waiting = [room.update({ name: 'me' })]
  last().take()
  const update = JSON.stringify({ type: 'update', room: 'r', profile: { name: 'me' }, id: ids[2] + 1 })
  const join = await cutAndReopen(line)
  const offline = room.send('d')
  await settle()
  assert.deepEqual(last().take(), [], 'nothing is sent before the room is back')
  await last().say(joined(join.id, { recovered: true, seq: 12 }))
  const after = [...last().frames]
  assert.deepEqual(after.slice(0, 3), [before[0], before[2], update])
  const [a, c, u, d] = last().take()
  assert.equal(d.event, 'd')
  assert.ok(d.id > join.id)
  await last().say(...[a, c, u, d].map(({ id }, i) => ({ type: 'ok', id, seq: 20 + i })))
  assert.deepEqual((await Promise.all(answers)).map((a) => a.seq), [20, 11, 21])
  await Promise.all(waiting)
  assert.deepEqual(room.self?.profile, { name: 'me' })
  assert.equal((await offline).seq, 23)
})

test('they are repeated to the same member in the same epoch, even where history has a gap', async () => {
  const line = await inRoom()
  const sent = line.room.send('a')
  const [a] = line.last().take()
  const join = await cutAndReopen(line)
  await line.last().say(joined(join.id, { recovered: false, seq: 5000 }))
  assert.deepEqual(line.last().take(), [a])
  await line.last().say({ type: 'ok', id: a.id, seq: 11 })
  assert.equal((await sent).seq, 11)
})

for (const [what, more] of Object.entries({
  'a new epoch': { epoch: 'e2', seq: 1 },
  'a new member': { seq: 40, self: { member: 'me2', key: 'k2', role: 'member', since: 9, profile: null } },
})) {
  test(`in ${what} what was sent is reported as interrupted, what was not is sent`, async () => {
    const line = await inRoom()
    const interrupted = assert.rejects(line.room.send('a'), { code: 'interrupted', retryable: true })
    line.last().take()
    await line.last().end()
    const unsent = line.room.send('b')
    await line.clock.advance(1000)
    await line.last().open()
    const [join] = line.last().take()
    await line.last().say(joined(join.id, more))
    await interrupted
    const [b, ...others] = line.last().take()
    assert.equal(b.event, 'b')
    assert.deepEqual(others, [])
    await line.last().say({ type: 'ok', id: b.id, seq: 41 })
    assert.equal((await unsent).seq, 41)
  })
}

test('at most 64 are outstanding; the rest follow as answers come', async () => {
  const { room, last } = await inRoom()
  const all = Array.from({ length: 70 }, (_, i) => room.send('n', i))
  const first = last().take()
  assert.equal(first.length, 64)
  await last().say({ type: 'ok', id: first[0].id, seq: 11 }, { type: 'ok', id: first[1].id, seq: 12 })
  const next = last().take()
  assert.deepEqual(next.map((m) => m.data), [64, 65])
  for (let asked = [...first.slice(2), ...next]; asked.length; asked = last().take()) {
    await last().say(...asked.map(({ id }) => ({ type: 'ok', id, seq: id })))
  }
  assert.equal((await Promise.all(all)).length, 70)
})

test('the queue is bounded while offline', async () => {
  const line = await inRoom({ queueLimit: 3, timeout: 0 })
  await line.last().end()
  const kept = [1, 2, 3].map((n) => line.room.send('n', n))
  await assert.rejects(line.room.send('n', 4), { code: 'queue_full', retryable: true })
  await line.clock.advance(1000)
  await line.last().open()
  await line.last().say(joined(line.last().take()[0].id, { recovered: true }))
  const sent = line.last().take()
  assert.deepEqual(sent.map((m) => m.data), [1, 2, 3])
  await line.last().say(...sent.map(({ id }, i) => ({ type: 'ok', id, seq: 11 + i })))
  await Promise.all(kept)
})

test('no answer in time: the caller is told, and the request is not repeated', async () => {
  const line = await inRoom()
  const sent = line.room.send('a', null, { timeout: 3000 })
  const rejected = assert.rejects(sent, { code: 'timeout', retryable: true })
  line.last().take()
  await line.clock.advance(3000)
  await rejected
  const join = await cutAndReopen(line)
  await line.last().say(joined(join.id, { recovered: true }))
  assert.deepEqual(line.last().take(), [])
})

test('a message over 64 KiB is refused here, for the server would end the connection over it', async () => {
  const { room, last } = await inRoom()
  await assert.rejects(room.send('a', 'ü'.repeat(33_000)), { code: 'too_large', retryable: false })
  assert.deepEqual(last().take(), [])
})

test('after a reload ids go on above the largest that the server has kept', async () => {
  const line = fakes()
  const client = connect('ws://engine/ws', line.options)
  const resume = { member: 'me', key: 'k', epoch: 'e1', seq: 7 }
  const entering = client.join('r', { resume })
  const early = client.room('r').send('a')
  await line.last().open()
  const [join] = line.last().take()
  assert.deepEqual(join.resume, resume)
  await line.last().say(joined(join.id, { recovered: true, lastId: 500 }))
  const [a] = line.last().take()
  assert.equal(a.id, 501)
  await line.last().say({ type: 'ok', id: 501, seq: 11 })
  await Promise.all([entering, early])
})

test('rooms on one connection never share an id, because ok names no room', async () => {
  const line = await inRoom()
  const entering = line.client.join('s')
  await settle()
  await line.last().say(joined(line.last().take()[0].id, { room: 's' }))
  const other = await entering
  const sent = [line.room.send('a'), other.send('b')]
  const [a, b] = line.last().take()
  assert.notEqual(a.id, b.id)
  await line.last().say({ type: 'ok', id: b.id, seq: 31 }, { type: 'ok', id: a.id, seq: 11 })
  assert.deepEqual((await Promise.all(sent)).map((s) => s.seq), [11, 31])
})
