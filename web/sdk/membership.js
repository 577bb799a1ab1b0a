import { Roster } from './roster.js'

/**
 * What a client knows of its membership in a room: who it is there, who else is, and how far
 * it has heard (PROTOCOL, guarantee 2). It says nothing and waits for nothing.
 */
export class Membership {
  /** @type {import('./types.js').Self | null} null: not entered yet */
  self = null
  epoch = ''
  /** @type {{ member: string, key: string } | null} */
  #ticket
  /** The seq of the last numbered message that arrived in order; null: not known yet. @type {number | null} */
  #cursor
  #roster = new Roster()

  /** @param {import('./types.js').Resume} [resume] of the membership that is to be taken up again */
  constructor(resume) {
    this.#ticket = resume ? { member: resume.member, key: resume.key } : null
    this.epoch = resume?.epoch ?? ''
    this.#cursor = resume?.seq ?? null
  }

  get members() {
    return this.#roster.members
  }

  /** What takes it up again; null where nothing would. @returns {import('./types.js').Resume | null} */
  get resume() {
    return this.#ticket && this.#cursor !== null ? { ...this.#ticket, epoch: this.epoch, seq: this.#cursor } : null
  }

  /** Whether there is something to leave. */
  get held() {
    return this.#ticket !== null
  }

  /** The membership is over, or is not to be taken up again. */
  drop() {
    this.#ticket = null
  }

  /**
   * Only a `joined` with `recovered: false` sets the cursor. What was missed up to its `seq`
   * follows one that is recovered, so the roster that is known stays until then.
   * @param {any} message `joined`
   * @returns {{ returned: boolean, unbroken: boolean, changes: import('./types.js').MemberEvent[] }}
   *   `unbroken`: requests may be repeated; `changes`: of the roster, where there was one
   */
  enter({ self, epoch, seq, recovered, members = [] }) {
    const again = this.self !== null
    const returned = self.member === this.#ticket?.member
    const unbroken = returned && epoch === this.epoch
    this.update(self)
    this.#ticket = { member: self.member, key: self.key }
    this.epoch = epoch
    if (!recovered) this.#cursor = seq
    else if (!unbroken) this.#cursor = null // the nonce brought back a member that we never heard of
    const changes = recovered && unbroken && again ? [] : this.#roster.reset(members)
    return { returned, unbroken, changes: again ? changes : [] }
  }

  /** @param {any} self as in `joined` */
  update({ member: id, key, profile, since, role }) {
    this.self = { id, key, profile, since, role }
  }

  /** Whether a numbered message is new; if so, it has been heard from now on. @param {number} seq */
  hear(seq) {
    if (this.#cursor !== null && seq <= this.#cursor) return false
    this.#cursor = seq
    return true
  }

  /**
   * A message of our own, which we are not told. Its answer takes its place in the order: where it is
   * the next one, nothing was missed before it. @param {number} seq
   */
  said(seq) {
    if (this.#cursor !== null && seq === this.#cursor + 1) this.#cursor = seq
  }

  /**
   * @param {any} message `member`
   * @returns {import('./types.js').MemberEvent | null} null where it is about nobody else here
   */
  apply(message) {
    if (message.member !== this.self?.id) return this.#roster.apply(message)
    if (this.self && message.role) this.self = { ...this.self, role: message.role }
    return null
  }
}
