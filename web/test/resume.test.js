import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../sdk/parley.js'
import { fakes, joined } from './fakes.js'

/** A client that is about to join `r`, its join sent. @param {import('../sdk/room.js').JoinOptions} [join] */
async function entering(join) {
  const line = fakes()
  const client = connect('ws://engine/ws', line.options)
  const entered = client.join('r', join)
  await line.last().open()
  const [first] = line.last().take()
  const reopen = async () => {
    await line.last().end()
    await line.clock.advance(1000)
    await line.last().open()
    return line.last().take()[0]
  }
  return { ...line, client, entered, first, reopen, room: client.room('r') }
}

/** Listens to what an application sees. @param {import('../sdk/room.js').Room} room */
function log(room) {
  /** @type {any[]} */
  const seen = []
  room.on('event', ({ event }) => seen.push(event))
  room.on('member', ({ change, member }) => seen.push(`${member.id} ${change}`))
  room.on('joined', ({ recovered, returned }) => seen.push({ recovered, returned }))
  return seen
}

const event = (/** @type {number} */ seq, name = `n${seq}`) => ({ type: 'event', room: 'r', seq, from: 'ada', event: name, data: null })

test('a join carries room, profile and a nonce, and no resume', async () => {
  const { first, last, entered } = await entering({ profile: { name: 'me' } })
  assert.equal(last().url, 'ws://engine/ws')
  assert.deepEqual(last().protocols, ['parley.v1.json'])
  const { nonce, ...rest } = first
  assert.match(nonce, /^[\w-]{24}$/)
  assert.deepEqual(rest, { type: 'join', id: first.id, room: 'r', profile: { name: 'me' } })
  await last().say(joined(first.id))
  const room = await entered
  assert.deepEqual(room.self, { id: 'me', key: 'k', role: 'member', since: 2, profile: null })
  assert.deepEqual([...room.members.values()], [{ id: 'ada', profile: { name: 'Ada' }, since: 1, role: 'moderator', suspended: false }])
  assert.deepEqual(room.resume, { member: 'me', key: 'k', epoch: 'e1', seq: 10 })
})

test('the cursor is the last numbered message: an ok does not move it past others, a recovered join does not set it', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id), event(13))
  const sent = room.send('a')
  await last().say({ type: 'ok', id: last().take()[0].id, seq: 15 })
  await sent
  const second = await reopen()
  assert.deepEqual(second.resume, { member: 'me', key: 'k', epoch: 'e1', seq: 13 })
  assert.equal(second.nonce, first.nonce)
  await last().say(joined(second.id, { recovered: true, seq: 30 }), event(20))
  const third = await reopen()
  assert.equal(third.resume.seq, 20, 'the rest of the replay, up to 30, is still missing')
  await last().say(joined(third.id, { recovered: true, seq: 31 }), { type: 'member', room: 'r', seq: 25, change: 'suspended', member: 'ada' })
  assert.equal(room.members.get('ada')?.suspended, true)
  assert.equal((await reopen()).resume.seq, 25)
})

test('who only speaks misses nothing: an ok that is next moves the cursor', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id), event(13))
  let cursor = 13
  const answered = async (/** @type {Promise<any>} */ done, seq = cursor + 1) => {
    await last().say({ type: 'ok', id: last().take()[0].id, seq })
    await done
  }
  const is = async (/** @type {string} */ why) => {
    const { id, resume } = await reopen()
    assert.equal(resume.seq, cursor, why)
    await last().say(joined(id, { recovered: true, seq: 4000 }))
  }
  for (let n = 0; n < 2000; n++, cursor++) await answered(room.send('a'))
  await is('broadcasts')
  await answered(room.send('a', null, { to: 'ada' }))
  cursor++
  await answered(room.send('a', null, { to: ['ada', 'bob'] }))
  cursor++
  await answered(room.update(1))
  cursor++
  await is('to others, and the own profile')
  await answered(room.send('a', null, { to: 'me' }))
  await answered(room.send('a', null, { to: ['ada', 'me'] }))
  await is('what is to oneself, too, is heard: it may come after its ok')
  await answered(room.lock())
  await answered(room.kick('ada'))
  await is('as is what is told to everyone')
  await last().say(event(cursor + 1), event(cursor + 2))
  cursor += 2
  await answered(room.send('a'), cursor)
  await is('an old answer, given again')
})

test('a room message moves the cursor, and one that was not recovered sets it, also backwards', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id), { type: 'room', room: 'r', seq: 50, locked: true })
  assert.equal(room.locked, true)
  const second = await reopen()
  assert.equal(second.resume.seq, 50)
  await last().say(joined(second.id, { epoch: 'e2', seq: 3 }))
  assert.deepEqual((await reopen()).resume, { member: 'me', key: 'k', epoch: 'e2', seq: 3 })
})

test('a lost answer to the join is made good by the nonce, and the cursor starts with what follows', async () => {
  const { last, first, reopen, entered, room } = await entering()
  const second = await reopen()
  assert.equal(second.nonce, first.nonce)
  assert.equal(second.resume, undefined)
  assert.ok(second.id > first.id)
  await last().say(joined(second.id, { recovered: true, seq: 12 }))
  await entered
  assert.deepEqual([...room.members.keys()], ['ada'], 'there was no roster before')
  assert.equal(room.resume, null, 'recovered, and nothing heard yet: only the nonce can resume')
  const third = await reopen()
  assert.equal(third.resume, undefined)
  await last().say(joined(third.id, { recovered: true, seq: 12 }), event(11))
  assert.equal((await reopen()).resume.seq, 11)
})

test('a nonce that brings back somebody new, in a new epoch, begins with a cursor of its own', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id, { seq: 100 }), event(101))
  const seen = log(room)
  const second = await reopen() // the linger has passed: a new member, and its answer is lost
  assert.equal(second.resume.seq, 101)
  const third = await reopen()
  assert.equal(third.nonce, first.nonce)
  const self = { member: 'somebody', key: 'else', role: 'member', since: 1, profile: null }
  await last().say(joined(third.id, { recovered: true, epoch: 'next', seq: 3, self, members: [] }), event(2), event(3))
  assert.deepEqual(seen.filter((x) => typeof x === 'string' && x.startsWith('n')), ['n2', 'n3'])
  assert.equal((await reopen()).resume.seq, 3)
})

test('what was missed arrives once and in order, and the roster is what it should be', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id), event(11))
  const seen = log(room)
  const second = await reopen()
  const bob = { type: 'member', room: 'r', change: 'joined', member: 'bob', profile: null, since: 3, role: 'member' }
  await last().say(
    joined(second.id, { recovered: true, seq: 15, members: [] }),
    event(12),
    { ...bob, seq: 13 },
    { type: 'member', room: 'r', seq: 14, change: 'left', member: 'ada', reason: 'leave' },
    { type: 'member', room: 'r', seq: 15, change: 'left', member: 'bob', reason: 'leave' },
    event(15, 'twice'),
    event(16),
  )
  assert.deepEqual(seen, [{ recovered: true, returned: true }, 'n12', 'bob joined', 'ada left', 'bob left', 'n16'])
  assert.deepEqual([...room.members], [])
})

test('a room that goes on in a new epoch is told of unasked, and what was not answered is interrupted', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id, { seq: 100 }), event(101))
  const seen = log(room)
  const sent = assert.rejects(room.send('a'), { code: 'interrupted' })
  last().take()
  await last().say(joined(0, { id: undefined, epoch: 'e2', seq: 3, lastId: 0, members: [{ member: 'bob', profile: 1, since: 3, role: 'member' }] }))
  await sent
  await last().say(event(3, 'old'), event(4))
  assert.deepEqual(seen, [{ recovered: false, returned: true }, 'ada left', 'bob joined', 'n4'])
  assert.equal(room.state, 'joined')
  const again = room.send('b')
  const [request] = last().take()
  assert.equal(request.event, 'b')
  await last().say({ type: 'ok', id: request.id, seq: 5 })
  assert.equal((await again).seq, 5)
  assert.deepEqual((await reopen()).resume, { member: 'me', key: 'k', epoch: 'e2', seq: 5 })
})

test('where it could not be recovered, the difference of the rosters is told', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id, { members: [
    { member: 'ada', profile: 1, since: 1, role: 'member' },
    { member: 'bob', profile: 1, since: 3, role: 'member' },
    { member: 'eve', profile: 1, since: 4, role: 'member', suspended: true },
  ] }))
  const seen = log(room)
  const second = await reopen()
  await last().say(joined(second.id, { seq: 5000, members: [
    { member: 'bob', profile: 2, since: 3, role: 'member' },
    { member: 'eve', profile: 1, since: 4, role: 'member' },
    { member: 'kim', profile: 1, since: 5, role: 'member' },
  ] }))
  assert.deepEqual(seen, [{ recovered: false, returned: true }, 'ada left', 'bob updated', 'eve resumed', 'kim joined'])
})

test('to the others a new member: returned is false', async () => {
  const { last, first, reopen, room } = await entering()
  await last().say(joined(first.id))
  const seen = log(room)
  const second = await reopen()
  await last().say(joined(second.id, { self: { member: 'me2', key: 'k2', role: 'moderator', since: 1, profile: null }, members: [] }))
  assert.deepEqual(seen, [{ recovered: false, returned: false }, 'ada left'])
  assert.equal(room.self?.role, 'moderator')
})

test('one can become moderator', async () => {
  const { last, first, room } = await entering()
  await last().say(joined(first.id))
  /** @type {string[]} */
  const roles = []
  room.on('role', ({ role }) => roles.push(role))
  await last().say({ type: 'member', room: 'r', seq: 11, change: 'updated', member: 'me', role: 'moderator' })
  assert.deepEqual(roles, ['moderator'])
  assert.equal(room.self?.role, 'moderator')
})

test('leaving while the line is down ends the suspended membership, without coming back first', async () => {
  const { last, first, clock, room } = await entering()
  await last().say(joined(first.id))
  await last().end()
  const unsent = assert.rejects(room.send('a'), { code: 'closed' })
  const left = room.leave()
  await clock.advance(1000)
  await last().open()
  const [leave, ...others] = last().take()
  assert.deepEqual(leave, { type: 'leave', room: 'r', resume: { member: 'me', key: 'k', epoch: 'e1', seq: 10 }, id: leave.id })
  assert.deepEqual(others, [])
  await last().say({ type: 'error', id: leave.id, code: 'no_such_member', message: 'gone' })
  await left
  await unsent
  assert.equal(room.state, 'left')
})

test('giving up a join that is under way leaves, in case it succeeds', async () => {
  const { last, clock, entered, room } = await entering({ timeout: 2000 })
  const rejected = assert.rejects(entered, { code: 'timeout' })
  await clock.advance(2000)
  await rejected
  assert.deepEqual(last().take(), [{ type: 'leave', room: 'r' }])
  assert.equal(room.state, 'left')
})
