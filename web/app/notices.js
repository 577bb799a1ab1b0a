import { byId, make } from './dom.js'
import { say } from './words.js'

/**
 * Shows a notice until it is acted on or closed.
 * @param {string} id of the notice; a newer one takes its place
 * @param {string} text
 * @param {{ text: string, run: () => void }} [action]
 */
export function notice(id, text, action) {
  dismiss(id)
  const element = make('div', { id, className: 'notice', role: 'alert' }, make('p', { textContent: text }))
  const button = (/** @type {string} */ label, /** @type {() => void} */ run) => {
    const onclick = () => {
      element.remove()
      run()
    }
    element.append(make('button', { type: 'button', textContent: label, onclick }))
  }
  if (action) button(action.text, action.run)
  button(say('close'), () => {})
  byId('notices').append(element)
}

/** @param {string} id */
export function dismiss(id) {
  document.getElementById(id)?.remove()
}
