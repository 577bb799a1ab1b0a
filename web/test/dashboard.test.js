import assert from 'node:assert/strict'
import { test } from 'node:test'
import { islands, pack } from '../dashboard/pack.js'
import { kept, quantile, sampleOf, Samples } from '../dashboard/samples.js'
import { niceEnd } from '../dashboard/scale.js'

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
  at, version: 'v1', started: 1, state: 'ready', connections: { '': 3, peerjs: 4 }, rooms: 1, members: 2, allocations: 0,
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
  const packed = pack(sizes, 120)
  assert.deepEqual(packed.map((disk) => disk.length), [33, 1, 0])
  for (const disk of packed) {
    for (const [i, a] of disk.entries()) {
      assert.ok(Math.hypot(a.x, a.y) + a.r <= 120.001)
      for (const b of disk.slice(i + 1)) assert.ok(Math.hypot(a.x - b.x, a.y - b.y) >= a.r + b.r)
    }
  }
  const area = (/** @type {{ r: number }} */ { r }) => r * r
  assert.ok(Math.abs(area(packed[0][0]) / area(packed[1][0]) - 100 / 9) < 0.01)
  assert.deepEqual(pack([[]], 100), [[]])
  assert.equal(pack([Array(60).fill(1)], 60)[0].length, 60)
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
