import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { connect } from '../sdk/parley.js'
import { fakes, joined, settle } from './fakes.js'

/** A tab's storage, and what a browser does with it when the tab is duplicated. */
class Tab {
  /** @type {Map<string, string>} */
  items = new Map()
  getItem = (/** @type {string} */ key) => this.items.get(key) ?? null
  setItem = (/** @type {string} */ key, /** @type {string} */ value) => void this.items.set(key, value)
  removeItem = (/** @type {string} */ key) => void this.items.delete(key)

  duplicate() {
    const other = new Tab()
    other.items = new Map(this.items)
    return other
  }
}

/** The page's window; each page has its own. */
let page = new EventTarget()
const global = /** @type {any} */ (globalThis)
global.addEventListener = (/** @type {Parameters<EventTarget['addEventListener']>} */ ...all) => page.addEventListener(...all)
beforeEach(() => void (page = new EventTarget()))

const hide = () => page.dispatchEvent(new Event('pagehide'))

/** Loads a page in a tab; it joins `r`, and its first join is handed over. @param {Tab} tab @param {object} [join] */
async function load(tab, join) {
  page = new EventTarget()
  const line = fakes()
  const client = connect('ws://engine/ws', { ...line.options, storage: tab })
  const entering = client.join('r', join)
  await line.last().open()
  const [first] = line.last().take()
  return { ...line, client, entering, first, room: client.room('r') }
}

test('a reloaded page comes back as the same member, from where it was', async () => {
  const tab = new Tab()
  const before = await load(tab)
  await before.last().say(joined(before.first.id), { type: 'event', room: 'r', seq: 13, from: 'ada', event: 'x', data: null })
  assert.equal(before.room.returned, false)
  hide()
  const after = await load(tab)
  assert.deepEqual(after.first.resume, { member: 'me', key: 'k', epoch: 'e1', seq: 13 })
  assert.equal(tab.items.size, 0)
  /** @type {any[]} */
  const seen = []
  after.room.on('joined', (e) => seen.push(e))
  await after.last().say(joined(after.first.id, { recovered: true, seq: 13, lastId: 7 }))
  const room = await after.entering
  assert.deepEqual(seen, [{ recovered: true, returned: true }])
  assert.equal(room.returned, true)
  assert.deepEqual([...room.members.keys()], ['ada'])
})

test('a duplicated tab does not steal it', async () => {
  const tab = new Tab()
  const original = await load(tab)
  await original.last().say(joined(original.first.id))
  const copy = await load(tab.duplicate())
  assert.equal(copy.first.resume, undefined)
  assert.notEqual(copy.first.nonce, original.first.nonce)
})

test('a page that is shown again, from the back-forward cache, has left nothing behind', async () => {
  const tab = new Tab()
  const { last, first, clock, sockets } = await load(tab)
  await last().say(joined(first.id))
  hide()
  assert.equal(tab.items.size, 1)
  await last().end(1006)
  page.dispatchEvent(new Event('pageshow'))
  assert.equal(tab.items.size, 0)
  assert.equal(sockets.length, 2, 'it comes back at once')
  await last().open()
  assert.equal(last().take()[0].resume.member, 'me')
  assert.equal(clock.timers.size, 1)
})

test('who has left, or is leaving, leaves nothing behind', async () => {
  for (const leave of ['client.close', 'room.leave', 'pagehide first']) {
    const tab = new Tab()
    const { last, first, client, room } = await load(tab)
    await last().say(joined(first.id))
    if (leave === 'pagehide first') hide()
    if (leave === 'room.leave') void room.leave()
    else client.close()
    hide()
    assert.equal(tab.items.size, 0, leave)
  }
})

test('null asks for a new membership, a given one goes first', async () => {
  const given = { member: 'other', key: 'x', epoch: 'e0', seq: 3 }
  for (const [resume, want] of [[null, undefined], [given, given]]) {
    const tab = new Tab()
    const before = await load(tab)
    await before.last().say(joined(before.first.id))
    hide()
    const after = await load(tab, { resume })
    assert.deepEqual(after.first.resume, want)
  }
})

test('a membership that may not be taken up gives way to a new one', async () => {
  const tab = new Tab()
  const before = await load(tab)
  await before.last().say(joined(before.first.id))
  hide()
  const { last, first, entering } = await load(tab)
  await last().say({ type: 'error', id: first.id, room: 'r', code: 'unauthorized', message: 'a wrong key' })
  const [again] = last().take()
  assert.equal(again.resume, undefined)
  await last().say(joined(again.id, { self: { member: 'new', key: 'k2', role: 'member', since: 9, profile: null } }))
  assert.equal((await entering).self?.id, 'new')
})

test('the profile of a reloaded page is told, where it is another', async () => {
  for (const [was, is, told] of [[{ name: 'a' }, { name: 'b' }, true], [{ name: 'a' }, { name: 'a' }, false]]) {
    const tab = new Tab()
    const before = await load(tab, { profile: was })
    await before.last().say(joined(before.first.id))
    hide()
    const { last, first } = await load(tab, { profile: is })
    const self = { member: 'me', key: 'k', role: 'member', since: 2, profile: was }
    await last().say(joined(first.id, { recovered: true, self }))
    await settle()
    assert.deepEqual(last().take().map((m) => [m.type, m.profile]), told ? [['update', is]] : [])
  }
})

test('a storage that is full or forbidden does no harm', async () => {
  const broken = Object.assign(new Tab(), { setItem: () => { throw new Error('QuotaExceededError') }, getItem: () => { throw new Error('SecurityError') } })
  const { last, first, entering } = await load(broken)
  await last().say(joined(first.id))
  await entering
  hide()
})
