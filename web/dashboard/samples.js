/** What is drawn of a snapshot, and of the one before it. */

/**
 * @typedef {object} Snapshot as openapi.yaml describes it
 * @property {string} node
 * @property {string} name
 * @property {number} at
 * @property {string} version
 * @property {number} started
 * @property {string} state
 * @property {Record<string, number>} connections
 * @property {number} rooms
 * @property {number} members
 * @property {number} allocations
 * @property {Record<'received' | 'delivered' | 'bytesIn' | 'bytesOut' | 'joined' | 'resumed' | 'suspended' | 'upgraded' | 'refused' | 'answered' | 'dropped' | 'cut' | 'panics', number>} totals
 * @property {{ room: number[], connection: number[] }} handover
 * @property {{ room: number, connection: number }} peaks
 * @property {{ cpu: number, memory: number, goroutines: number }} process
 * @property {{ connections: number, waiting: number, turns: number, messages: number }[]} shards
 * @property {{ namespace: string, name: string, members: number, mailbox: number, seq: number, shard: number }[] | null} largest
 */

/** @typedef {{ nodes: Snapshot[], unreachable: string[] }} Picture of all engines, the one that was asked first */

/**
 * Values by name; NaN where nothing is known. `gap` is 1 where nobody has looked.
 * @typedef {Record<string, number>} Sample
 */

/** @typedef {{ room: number[], connection: number[] }} Waits how many have waited how long, as in a Snapshot, between two of them */

/** A quantile of durations, in µs: bucket i has those of up to 2^i µs. NaN for none. @param {number[]} counts @param {number} q */
export function quantile(counts, q) {
  const total = counts.reduce((sum, n) => sum + n, 0)
  let rank = q * total
  for (let i = 0; i < counts.length; i++) {
    if (rank <= counts[i] && counts[i] > 0) {
      const from = i === 0 ? 0 : 2 ** (i - 1)
      return from + ((2 ** i - from) * rank) / counts[i]
    }
    rank -= counts[i]
  }
  return NaN
}

/** @param {Pick<Snapshot, 'connections'>} s */
export const connectionsOf = (s) => Object.values(s.connections).reduce((sum, n) => sum + n, 0)

/** @param {Snapshot} s @param {Snapshot} before @returns {Waits} */
const waitsOf = (s, before) => ({
  room: s.handover.room.map((n, i) => Math.max(n - before.handover.room[i], 0)),
  connection: s.handover.connection.map((n, i) => Math.max(n - before.handover.connection[i], 0)),
})

/** Puts the quantiles of what has waited into a sample. @param {Sample} sample @param {Waits} waits */
function putWaits(sample, waits) {
  for (const to of /** @type {const} */ (['room', 'connection'])) {
    sample[`${to}50`] = quantile(waits[to], 0.5)
    sample[`${to}99`] = quantile(waits[to], 0.99)
  }
  sample.wait = Number.isNaN(sample.room99) && Number.isNaN(sample.connection99) ? NaN : Math.max(sample.room99 || 0, sample.connection99 || 0)
}

/** @param {Snapshot} s @param {Snapshot} before @returns {Sample} */
export function sampleOf(s, before) {
  const seconds = Math.max((s.at - before.at) / 1000, 0.001)
  /** @type {Sample} */
  const sample = { connections: connectionsOf(s), members: s.members, rooms: s.rooms, memory: s.process.memory, roomBox: s.peaks.room, connBox: s.peaks.connection }
  for (const [name, n] of Object.entries(s.totals)) sample[name] = Math.max(n - before.totals[/** @type {keyof Snapshot['totals']} */ (name)], 0) / seconds
  putWaits(sample, waitsOf(s, before))
  sample.cpu = (s.process.cpu - before.process.cpu) / seconds
  return sample
}

/** How many samples are kept: two minutes. */
export const kept = 120

/** What is true of a few seconds is shown for each of them; of a longer time nothing is known. */
const bridged = 3

/**
 * Puts a sample to those before it, one a second. A time that nobody has looked at is a gap, and not zero;
 * nor are the rates over it those of this moment.
 * @param {Sample[]} list @param {Sample} sample @param {number} passed seconds since the last one
 */
export function keep(list, sample, passed) {
  const seconds = Math.max(Math.round(passed), 1)
  if (seconds <= bridged) for (let i = 0; i < seconds; i++) list.push(sample)
  else for (let i = 0; i < Math.min(seconds, kept); i++) list.push(gap)
  list.splice(0, list.length - kept)
}

/** @type {Sample} what nobody has looked at */
const gap = { gap: 1 }

/** @param {Sample | undefined} sample @param {string} name */
export const valueOf = (sample, name) => sample?.[name] ?? NaN

/** Samples of one engine in the order in which they came. */
export class Samples {
  /** @type {Sample[]} */
  list = []
  /** @type {Snapshot | null} */
  last = null
  /** @type {Sample | null} of this moment; null: it takes two snapshots */
  now = null
  /** @type {Waits | null} likewise */
  waits = null
  /** @type {Map<string, number>} messages a second, of the rooms that are in the picture */
  rates = new Map()
  /** @type {number[]} messages a second, of the shards */
  shardRates = []

  /** @param {Snapshot} s */
  add(s) {
    if (this.last?.started !== s.started) Object.assign(this, { list: [], last: null, now: null, waits: null })
    if (this.last && s.at > this.last.at) {
      const seconds = (s.at - this.last.at) / 1000
      const before = new Map((this.last.largest ?? []).map((r) => [roomKey(r), r.seq]))
      const known = Math.round(seconds) <= bridged
      const sample = sampleOf(s, this.last)
      keep(this.list, sample, seconds)
      this.now = known ? sample : null
      this.waits = known ? waitsOf(s, this.last) : null
      this.rates = new Map((s.largest ?? []).map((r) => [roomKey(r), known ? Math.max(r.seq - (before.get(roomKey(r)) ?? r.seq), 0) / seconds : 0]))
      this.shardRates = s.shards.map((shard, i) => (known ? Math.max(shard.messages - (this.last?.shards[i]?.messages ?? shard.messages), 0) / seconds : 0))
    }
    this.last = s
  }
}

/** The most of these is the most of all; everything else adds up. */
const peaks = ['roomBox', 'connBox']

/** One sample of several engines' at the same moment. @param {{ now: Sample, waits: Waits }[]} all @returns {Sample} */
export function sumOf(all) {
  /** @type {Sample} */
  const sum = {}
  for (const { now } of all) for (const [name, n] of Object.entries(now)) sum[name] = peaks.includes(name) ? Math.max(sum[name] ?? 0, n) : (sum[name] ?? 0) + n
  /** @param {'room' | 'connection'} to */
  const counts = (to) => all.reduce((/** @type {number[]} */ total, { waits }) => waits[to].map((n, i) => n + (total[i] ?? 0)), [])
  putWaits(sum, { room: counts('room'), connection: counts('connection') })
  return sum
}

/** @param {{ namespace: string, name: string }} room */
export const roomKey = ({ namespace, name }) => `${namespace}/${name}`
