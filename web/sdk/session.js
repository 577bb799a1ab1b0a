/**
 * Where a page leaves its memberships when it is reloaded, for the page that it becomes.
 *
 * A duplicated tab begins with a copy of its original's storage, so nothing lies there while
 * the page lives: it is put down when the page is hidden and taken away when it is shown.
 */
export class Session {
  #storage
  #prefix

  /**
   * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null} storage null: nothing is left
   * @param {string} url of the engine
   */
  constructor(storage, url) {
    this.#storage = storage
    this.#prefix = `parley ${url} `
  }

  /**
   * Takes what was left of a room.
   * @param {string} room
   * @returns {import('./types.js').Resume | undefined}
   */
  take(room) {
    try {
      const left = this.#storage?.getItem(this.#prefix + room)
      this.forget(room)
      return left ? JSON.parse(left) : undefined
    } catch {
      return undefined
    }
  }

  /**
   * @param {string} room
   * @param {import('./types.js').Resume | null} resume
   */
  leave(room, resume) {
    try {
      if (resume) this.#storage?.setItem(this.#prefix + room, JSON.stringify(resume))
    } catch {
      // full, or forbidden: the reloaded page will be somebody new
    }
  }

  /** @param {string} room */
  forget(room) {
    this.#storage?.removeItem(this.#prefix + room)
  }
}

/** The tab's own storage; null where there is none, or it is forbidden. */
export function tabStorage() {
  try {
    return globalThis.sessionStorage ?? null
  } catch {
    return null
  }
}
