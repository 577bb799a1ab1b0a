import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Cluster } from '../dashboard/cluster.js'
import { islands, pack } from '../dashboard/pack.js'
import { kept, quantile, sampleOf, Samples } from '../dashboard/samples.js'
import { niceEnd } from '../dashboard/scale.js'
import { en } from '../dashboard/words.en.js'
import { zh } from '../dashboard/words.zh.js'

test('a scale ends at 1, 2 or 5 times a power of ten', () => {
  for (const [n, end] of [[1, 1], [1.1, 2], [3, 5], [5.01, 10], [99, 100], [101, 200], [0.03, 0.05]]) assert.ok(Math.abs(niceEnd(n) - end) < 1e-9, `${n}: ${niceEnd(n)}`)
  assert.equal(niceEnd(1100, true), 2048)
  assert.equal(niceEnd(300 * 1024, true), 500 * 1024)
  assert.equal(niceEnd(3 * 1024 ** 2, true), 5 * 1024 ** 2)
})

test('quantiles are taken from buckets that double', () => {
  assert.ok(Number.isNaN(quantile([0, 0, 0], 0.5)))
  assert.equal(quantile([0, 0, 0, 100], 0.5), 6) // between 4 and 8 µs
  assert.equal(quantile([100, 0, 0, 100], 0.99), 4 + 4 * 0.98)
  assert.equal(quantile([10], 1), 1)
})

/** @param {number} at @param {object} [more] @returns {import('../dashboard/samples.js').Snapshot} */
const snapshot = (at, more = {}) => ({
  node: 'a', name: 'host', at, version: 'v1', started: 1, state: 'ready', connections: { '': 3, peerjs: 4 }, rooms: 1, members: 2, allocations: 0,
  totals: { received: 0, delivered: 0, bytesIn: 0, bytesOut: 0, joined: 0, resumed: 0, suspended: 0, upgraded: 0, refused: 0, answered: 0, dropped: 0, cut: 0, panics: 0 },
  handover: { room: [0, 0], connection: [0, 0] }, peaks: { room: 1, connection: 2 }, process: { cpu: 0, memory: 1, goroutines: 1 },
  shards: [{ connections: 7, waiting: 0, turns: 0, messages: 0 }], largest: [], ...more,
})

test('rates are of the time that has passed', () => {
  const before = snapshot(1000)
  const after = snapshot(3000, { totals: { ...before.totals, delivered: 500 }, process: { cpu: 1, memory: 1, goroutines: 1 }, handover: { room: [0, 0], connection: [0, 10] } })
  const sample = sampleOf(after, before)
  assert.equal(sample.delivered, 250)
  assert.equal(sample.cpu, 0.5)
  assert.equal(sample.connections, 7)
  assert.ok(Number.isNaN(sample.room99))
  assert.equal(sample.wait, sample.connection99)
})

test('samples are kept for two minutes, and begin anew with another engine', () => {
  const samples = new Samples()
  const room = { namespace: '', name: 'den', members: 2, mailbox: 0, shard: 0 }
  for (let i = 0; i <= 200; i++) samples.add(snapshot(1000 * i, { largest: [{ ...room, seq: 5 * i }] }))
  assert.equal(samples.list.length, kept)
  assert.equal(samples.rates.get('/den'), 5)
  samples.add(snapshot(1000 * 200)) // the same again, as after a new connection
  assert.equal(samples.list.length, kept)
  samples.add({ ...snapshot(500_000), started: 2 })
  assert.equal(samples.list.length, 0)
})

test('circles lie apart, in their disk, and to one scale', () => {
  const sizes = [[100, 50, 20, ...Array(30).fill(2)], [9], []]
  const packed = pack(sizes, 120).disks
  assert.deepEqual(packed.map((disk) => disk.length), [33, 1, 0])
  for (const disk of packed) {
    for (const [i, a] of disk.entries()) {
      assert.ok(Math.hypot(a.x, a.y) + a.r <= 120.001)
      for (const b of disk.slice(i + 1)) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) >= a.r + b.r)
    }
  }
  const area = (/** @type {{ r: number }} */ { r }) => r * r
  assert.ok(Math.abs(area(packed[0][0]) / area(packed[1][0]) - 100 / 9) < 0.01)
  assert.deepEqual(pack([[]], 100).disks, [[]])
  assert.equal(pack([Array(60).fill(1)], 60).disks[0].length, 60)
})

test('circles stay where they are when others change', () => {
  const sizes = [[40, 12, 9, 9, 4, 3, 2, 2, 1]]
  const first = pack(sizes, 120)
  const near = pack([[40, 12, 9, 8, 4, 3, 2, 2, 1, 1]], 120, { disks: [[...first.disks[0], undefined]], scale: first.scale })
  assert.equal(near.scale, first.scale)
  for (const [i, { x, y }] of first.disks[0].entries()) assert.deepEqual([near.disks[0][i].x, near.disks[0][i].y], [x, y], `circle ${i}`)
  for (const [i, a] of near.disks[0].entries()) {
    assert.ok(Math.hypot(a.x, a.y) + a.r <= 120.001)
    for (const b of near.disks[0].slice(i + 1)) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) >= a.r + b.r)
  }
  const lone = pack([[40]], 120, { disks: [[first.disks[0][8]]], scale: first.scale / 4 })
  assert.deepEqual(lone, pack([[40]], 120), 'nothing stays small')
  assert.deepEqual(pack([[400]], 120, { disks: [[first.disks[0][0]]], scale: first.scale }), pack([[400]], 120), 'nor grows beyond its disk')
})

test('disks lie in the field, side by side', () => {
  for (const [count, width, height] of [[1, 300, 400], [2, 800, 400], [5, 345, 600], [16, 1000, 420]]) {
    const disks = islands(count, width, height, 40)
    assert.equal(disks.length, count)
    for (const [i, a] of disks.entries()) {
      assert.ok(a.r > 10 && a.x - a.r >= 0 && a.x + a.r <= width && a.y - a.r >= 0 && a.y + a.r + 34 <= height, `${count}: ${JSON.stringify(a)}`)
      for (const b of disks.slice(i + 1)) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) >= 2 * a.r)
    }
  }
})

test('a time that nobody has looked at is a gap, and not zero', () => {
  const samples = new Samples()
  /** @param {number} at @param {number} delivered */
  const busy = (at, delivered) => snapshot(at, { totals: { ...snapshot(0).totals, delivered } })
  for (let i = 0; i < 10; i++) samples.add(busy(1000 * i, 100 * i))
  samples.add(busy(12_000, 1200)) // two lines were late
  assert.deepEqual(samples.list.map(({ delivered }) => delivered), Array(12).fill(100))
  samples.add(busy(72_000, 1200)) // a minute later
  assert.equal(samples.list.length, 72)
  assert.ok(samples.list.slice(12).every(({ gap, delivered }) => gap === 1 && delivered === undefined))
  assert.equal(samples.now, null)
  samples.add(busy(73_000, 1500))
  assert.equal(samples.list.at(-1)?.delivered, 300)
  assert.equal(samples.list.length, 73)
  samples.add(busy(9_000_000, 1500))
  assert.equal(samples.list.length, kept)
  assert.ok(samples.list.every(({ gap }) => gap === 1))
})

test('engines add up, and one that misses a line is as it was', () => {
  const cluster = new Cluster()
  /** @param {string} node @param {number} at @param {object} [more] */
  const of = (node, at, more) => ({ ...snapshot(at, more), node })
  const none = snapshot(0)
  const line = (/** @type {number} */ i) => ({
    nodes: [of('a', 1000 * i, { totals: { ...none.totals, delivered: 10 * i }, handover: { room: [0, 0], connection: [i, 0] }, peaks: { room: 3, connection: 1 } }),
      of('b', 1000 * i + 300, { totals: { ...none.totals, delivered: 5 * i }, handover: { room: [0, 0], connection: [0, 3 * i] }, largest: [{ namespace: '', name: 'den', members: 2, mailbox: 0, seq: 4 * i, shard: 7 }] })],
    unreachable: [],
  })
  for (let i = 1; i <= 3; i++) cluster.add(line(i))
  const view = cluster.all()
  assert.equal(view?.list.length, 2)
  assert.equal(view?.list[1].delivered, 15)
  assert.equal(view?.list[1].connections, 14)
  assert.equal(view?.list[1].roomBox, 3)
  assert.equal(view?.list[1].connection50, 1 + 1 / 3) // 1 of 4 up to 1 µs, 3 up to 2
  assert.equal(view?.last.rooms, 2)
  assert.deepEqual(view?.last.largest?.map(({ name, shard }) => [name, shard]), [['den', 1]])
  assert.equal(view?.rates.get('/den'), 4)
  assert.deepEqual(view?.engines, ['host a', 'host b'])
  cluster.engines = new Map([...cluster.engines].reverse())
  assert.deepEqual(cluster.all()?.engines, ['host a', 'host b'], 'whichever is asked')
  cluster.engines = new Map([...cluster.engines].reverse())
  assert.equal(cluster.of('b')?.list.length, 2)

  for (let i = 4; i <= 6; i++) cluster.add({ nodes: [line(i).nodes[0]], unreachable: ['b'] })
  assert.deepEqual(cluster.all()?.list.slice(2).map(({ delivered }) => delivered), [15, 15, 15])
  cluster.add({ nodes: [line(7).nodes[0]], unreachable: ['b'] })
  assert.equal(cluster.all()?.list.at(-1)?.delivered, 10, 'it is not there')
  assert.equal(cluster.all()?.last.rooms, 1)
  cluster.add(line(8))
  cluster.add(line(9))
  assert.equal(cluster.all()?.list.at(-1)?.delivered, 15)
  cluster.add({ nodes: [line(10).nodes[0]], unreachable: [] })
  assert.equal(cluster.of('b'), null, 'it is gone')

  cluster.add({ nodes: [{ ...line(11).nodes[0], at: 100_000 }], unreachable: [] })
  assert.ok(cluster.all()?.list.at(-1)?.gap)
  cluster.add({ nodes: [of('c', 5)], unreachable: [] })
  assert.equal(cluster.all()?.list.length, 0, 'another clock')
})

const at = (/** @type {string} */ name) => new URL(`../dashboard/${name}`, import.meta.url)
const page = readFileSync(at('index.html'), 'utf8')

test('the dashboard says everything in both languages, with the same values in it', () => {
  const values = (/** @type {string} */ text) => [...text.matchAll(/\{(\w+)/g)].map((m) => m[1]).sort()
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort())
  for (const [key, text] of Object.entries(en)) assert.deepEqual(values(zh[/** @type {keyof typeof en} */ (key)]), values(text), key)
})

test('the dashboard has no words left over, and its page says what the English words say', () => {
  const sources = readdirSync(at('.')).filter((f) => f.endsWith('.js') && !f.startsWith('words.'))
  const all = page + sources.map((f) => readFileSync(at(f), 'utf8')).join('')
  const made = /^(change_|some_|role[A-Z]|ready$|draining$|starting$|gone$)/ // put together of a prefix and what the engine says
  assert.deepEqual(Object.keys(en).filter((key) => !made.test(key) && !new RegExp(`['"]${key}['"]`).test(all)), [])
  for (const [, key, text] of page.matchAll(/data-t="(\w+)"[^>]*>([^<]*)</g)) assert.equal(text, en[/** @type {keyof typeof en} */ (key)].replace(' …', ''), key)
})
