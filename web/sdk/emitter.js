/**
 * An EventTarget whose events are typed: `on` hands the listener the event's detail.
 * @template {Record<string, any>} Events
 */
export class Emitter extends EventTarget {
  /**
   * Listens until the returned function is called or `signal` aborts.
   * @template {keyof Events & string} T
   * @param {T} type
   * @param {(detail: Events[T]) => void} listener
   * @param {{ signal?: AbortSignal, once?: boolean }} [options]
   * @returns {() => void}
   */
  on(type, listener, options) {
    const handle = (/** @type {Event} */ e) => listener(/** @type {CustomEvent} */ (e).detail)
    this.addEventListener(type, handle, options)
    return () => this.removeEventListener(type, handle)
  }

  /**
   * @internal
   * @template {keyof Events & string} T
   * @param {T} type
   * @param {Events[T]} detail
   */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
