/** How long one whose page goes away is still shown: some that are loaded again are back by then. */
const grace = 250

/** @typedef {import('../sdk/types.js').Member} Member */

/**
 * Whether a member's page has gone away: it has been closed, or is being loaded again. As it
 * goes it says `away` in its profile, and as it comes back it takes that back; a line that is
 * lost says nothing.
 * @param {Member} member
 */
const isAway = ({ suspended, profile }) => suspended && profile?.away === true

/** Who is away, and is not shown any more: `gone` has their ids. The room keeps their places. */
export class Away {
  /** @type {Set<string>} */
  gone = new Set()
  /** @type {Map<string, any>} */
  #timers = new Map()
  #turn

  /** @param {(member: Member, gone: boolean) => void} turn told of everyone who is gone, or back */
  constructor(turn) {
    this.#turn = turn
  }

  /** A member has changed. @param {Member} member */
  look(member) {
    const { id } = member
    if (!isAway(member)) {
      this.forget(id)
      if (this.gone.delete(id)) this.#turn(member, false)
    } else if (!this.gone.has(id) && !this.#timers.has(id)) {
      this.#timers.set(id, setTimeout(() => this.#go(member), grace))
    }
  }

  /** The roster as one finds it: who is away there has gone for us. @param {Iterable<Member>} members */
  begin(members) {
    for (const member of members) if (isAway(member)) this.gone.add(member.id)
  }

  /** @param {string} id of one who has left */
  forget(id) {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  stop() {
    for (const id of this.#timers.keys()) this.forget(id)
  }

  /** @param {Member} member */
  #go(member) {
    this.#timers.delete(member.id)
    this.gone.add(member.id)
    this.#turn(member, true)
  }
}
