/** The engines of a cluster, each with its samples, and all of them together. */

import { connectionsOf, keep, roomKey, Samples, sumOf } from './samples.js'

/** k3jq5c: as much of an engine's id as tells it from others. @param {string} id */
const short = (id) => id.slice(0, 6)

/** @typedef {import('./samples.js').Snapshot} Snapshot */

/**
 * What is drawn: of one engine, or of all. Of all, each engine stands where a shard would.
 * @typedef {object} View
 * @property {Pick<Snapshot, 'connections' | 'rooms' | 'members' | 'shards' | 'largest'>} last
 * @property {import('./samples.js').Sample[]} list
 * @property {Map<string, number>} rates
 * @property {number[]} shardRates
 * @property {string[]} [engines] what they are called, where the shards are engines
 */

/** An engine that misses a few lines is taken to be as it was. */
const patience = 3

const largest = 60

export class Cluster {
  /** @type {Map<string, Samples>} by id, the one that is asked first */
  engines = new Map()
  /** @type {string[]} those that do not answer */
  unreachable = []
  /** @type {Map<string, number>} how many lines each has missed */
  #missed = new Map()
  /** @type {import('./samples.js').Sample[]} */
  #list = []
  #clock = ''
  #at = 0

  /** @param {import('./samples.js').Picture} picture */
  add({ nodes, unreachable }) {
    const before = this.engines
    this.engines = new Map(nodes.map((s) => [s.node, before.get(s.node) ?? new Samples()]))
    for (const id of unreachable) {
      const samples = before.get(id)
      if (samples) this.engines.set(id, samples)
    }
    for (const s of nodes) this.engines.get(s.node)?.add(s)
    this.unreachable = unreachable
    this.#missed = new Map(unreachable.map((id) => [id, (this.#missed.get(id) ?? 0) + 1]))
    this.#sum(nodes[0])
  }

  /** @param {Snapshot} first of the engine whose clock it goes by */
  #sum({ node, at }) {
    if (node !== this.#clock) this.#list = []
    const passed = node === this.#clock ? (at - this.#at) / 1000 : 0
    const known = this.#answering().flatMap(([, { now, waits }]) => (now && waits ? [{ now, waits }] : []))
    if (passed > 0 && (known.length || passed > patience)) keep(this.#list, sumOf(known), passed)
    this.#clock = node
    this.#at = at
  }

  #answering() {
    return [...this.engines].filter(([id]) => (this.#missed.get(id) ?? 0) <= patience)
  }

  /** What an engine is called: as its host, with some of its id where several are there. @param {string} id */
  nameOf(id) {
    const name = this.engines.get(id)?.last?.name
    if (!name) return short(id)
    return [...this.engines.values()].filter(({ last }) => last?.name === name).length > 1 ? `${name} ${short(id)}` : name
  }

  /** In which order engines are shown, everywhere. @param {string} a @param {string} b ids */
  byName = (a, b) => this.nameOf(a).localeCompare(this.nameOf(b)) || a.localeCompare(b)

  /** @param {string} id @returns {View | null} */
  of(id) {
    const samples = this.engines.get(id)
    return samples?.last ? /** @type {View} */ (samples) : null
  }

  /** @returns {View | null} */
  all() {
    const engines = this.#answering().filter(([, { last }]) => last).sort(([a], [b]) => this.byName(a, b))
    if (!engines.length) return null
    const snapshots = engines.map(([, { last }]) => /** @type {Snapshot} */ (last))
    /** @param {'rooms' | 'members'} name */
    const sum = (name) => snapshots.reduce((total, s) => total + s[name], 0)
    return {
      engines: engines.map(([id]) => this.nameOf(id)),
      list: this.#list,
      rates: new Map(engines.flatMap(([, { rates }]) => [...rates])),
      shardRates: engines.map(([, { now }]) => now?.received ?? 0),
      last: {
        rooms: sum('rooms'), members: sum('members'), connections: { '': snapshots.reduce((total, s) => total + connectionsOf(s), 0) },
        shards: snapshots.map((s) => ({ connections: connectionsOf(s), waiting: 0, turns: 0, messages: 0 })),
        largest: snapshots.flatMap((s, i) => (s.largest ?? []).map((room) => ({ ...room, shard: i })))
          .sort((a, b) => b.members - a.members || roomKey(a).localeCompare(roomKey(b))).slice(0, largest),
      },
    }
  }
}
