import { byId, icon, make, write } from './dom.js'
import { say, whenSpoken } from './words.js'

/** @type {Map<string, AbortController>} those that are shown */
const shown = new Map()

/**
 * Shows a notice until it is acted on or closed.
 * @param {string} id of the notice; a newer one takes its place
 * @param {() => string} text in the language of the moment
 * @param {{ text: import('./words.js').Key, run: () => void }} [action]
 */
export function notice(id, text, action) {
  dismiss(id)
  const end = new AbortController()
  shown.set(id, end)
  const words = make('p')
  const act = make('button', { type: 'button', onclick: () => (dismiss(id), action?.run()) })
  const close = make('button', { type: 'button', className: 'plain round', onclick: () => dismiss(id) }, icon('close'))
  byId('notices').append(make('div', { id, className: 'notice', role: 'alert' }, words, ...(action ? [act] : []), close))
  whenSpoken(() => {
    write(words, text())
    if (action) write(act, say(action.text))
    close.ariaLabel = close.title = say('close')
  }, end.signal)
}

/** @param {string} id */
export function dismiss(id) {
  shown.get(id)?.abort()
  shown.delete(id)
  document.getElementById(id)?.remove()
}
