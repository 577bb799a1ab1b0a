/** What is drawn of a snapshot, and of the one before it. */

/**
 * @typedef {object} Snapshot as package live describes it
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

/** @typedef {Record<string, number>} Sample values by name; NaN where nothing is known */

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

/** @param {Snapshot} s */
export const connectionsOf = (s) => Object.values(s.connections).reduce((sum, n) => sum + n, 0)

/** @param {Snapshot} s @param {Snapshot} before @returns {Sample} */
export function sampleOf(s, before) {
  const seconds = Math.max((s.at - before.at) / 1000, 0.001)
  /** @type {Sample} */
  const sample = { connections: connectionsOf(s), members: s.members, rooms: s.rooms, memory: s.process.memory, roomBox: s.peaks.room, connBox: s.peaks.connection }
  for (const [name, n] of Object.entries(s.totals)) sample[name] = Math.max(n - before.totals[/** @type {keyof Snapshot['totals']} */ (name)], 0) / seconds
  for (const to of /** @type {const} */ (['room', 'connection'])) {
    const counts = s.handover[to].map((n, i) => n - before.handover[to][i])
    sample[`${to}50`] = quantile(counts, 0.5)
    sample[`${to}99`] = quantile(counts, 0.99)
  }
  sample.wait = Number.isNaN(sample.room99) && Number.isNaN(sample.connection99) ? NaN : Math.max(sample.room99 || 0, sample.connection99 || 0)
  sample.cpu = (s.process.cpu - before.process.cpu) / seconds
  return sample
}

/** How many samples are kept: two minutes. */
export const kept = 120

/** Samples in the order in which they came, as long as the engine is the same. */
export class Samples {
  /** @type {Sample[]} */
  list = []
  /** @type {Snapshot | null} */
  last = null
  /** @type {Map<string, number>} messages a second, of the rooms that are in the picture */
  rates = new Map()
  /** @type {number[]} messages a second, of the shards */
  shardRates = []

  /** @param {Snapshot} s */
  add(s) {
    if (this.last?.started !== s.started) Object.assign(this, { list: [], last: null })
    if (this.last && s.at > this.last.at) {
      const seconds = (s.at - this.last.at) / 1000
      const before = new Map((this.last.largest ?? []).map((r) => [roomKey(r), r.seq]))
      this.list.push(sampleOf(s, this.last))
      this.list.splice(0, this.list.length - kept)
      this.rates = new Map((s.largest ?? []).map((r) => [roomKey(r), Math.max(r.seq - (before.get(roomKey(r)) ?? r.seq), 0) / seconds]))
      this.shardRates = s.shards.map((shard, i) => Math.max(shard.messages - (this.last?.shards[i]?.messages ?? shard.messages), 0) / seconds)
    }
    this.last = s
  }
}

/** @param {{ namespace: string, name: string }} room */
export const roomKey = ({ namespace, name }) => `${namespace}/${name}`
