/**
 * @typedef {import('./types.js').Member} Member
 * @typedef {import('./types.js').MemberEvent} MemberEvent
 */

/** @returns {Member} */
const fromWire = (/** @type {any} */ m) =>
  ({ id: m.member, profile: m.profile, since: m.since, role: m.role, suspended: m.suspended ?? false })

const same = (/** @type {unknown} */ a, /** @type {unknown} */ b) => JSON.stringify(a) === JSON.stringify(b)

/** Who else is in a room. Members are replaced, never changed, so a reference is a snapshot. */
export class Roster {
  /** @type {Map<string, Member>} in order of `since` */
  members = new Map()

  /**
   * Takes a whole roster, and tells what is different from the one before.
   * @param {any[]} list
   * @returns {MemberEvent[]}
   */
  reset(list) {
    const before = this.members
    this.members = new Map(list.map((m) => [m.member, fromWire(m)]))
    /** @type {MemberEvent[]} */
    const changes = []
    for (const member of before.values()) {
      if (!this.members.has(member.id)) changes.push({ change: 'left', member, reason: 'missed' })
    }
    for (const member of this.members.values()) {
      const old = before.get(member.id)
      if (!old) changes.push({ change: 'joined', member })
      else {
        if (old.role !== member.role || !same(old.profile, member.profile)) changes.push({ change: 'updated', member })
        if (old.suspended !== member.suspended) changes.push({ change: member.suspended ? 'suspended' : 'resumed', member })
      }
    }
    return changes
  }

  /**
   * Carries out one `member` message; doing so twice does no harm.
   * @param {any} message
   * @returns {MemberEvent | null} null where it is about nobody here
   */
  apply({ change, member: id, reason, ...said }) {
    const old = this.members.get(id)
    if (change === 'joined') return { change, member: this.#put(fromWire({ ...said, member: id })) }
    if (!old) return null
    if (change === 'left') {
      this.members.delete(id)
      return { change, member: old, reason }
    }
    const { profile = old.profile, role = old.role } = said
    const suspended = change === 'suspended' || (change === 'updated' && old.suspended)
    return { change, member: this.#put({ ...old, profile, role, suspended }) }
  }

  /** @param {Member} member */
  #put(member) {
    this.members.set(member.id, member)
    return member
  }
}
