/** What the page says, in the language that was chosen. */

import { en } from './words.en.js'
import { zh } from './words.zh.js'

/** @typedef {keyof typeof en} Key */

export const languages = { en, zh }

/** @type {'en' | 'zh'} */
let chosen = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en'

/** The language that was chosen. */
export const language = () => chosen

/** @type {Set<() => void>} */
const listeners = new Set()

/**
 * Runs now, and again when another language is chosen.
 * @param {() => void} run
 * @param {AbortSignal} [signal] until then
 */
export function whenSpoken(run, signal) {
  listeners.add(run)
  signal?.addEventListener('abort', () => listeners.delete(run))
  run()
}

/**
 * The words for a key; `{name}` in them stands for a value.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return languages[chosen][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]))
}

/** The words for a key that may not exist. @param {string} key */
export const maybe = (key) => (key in en ? say(/** @type {Key} */ (key)) : '')

/** @param {'en' | 'zh'} wanted */
export function speak(wanted) {
  chosen = wanted
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
  localStorage.setItem('parley:language', chosen)
  for (const run of listeners) run()
}

/** Puts the words into the elements that name them. */
function fill() {
  for (const element of document.querySelectorAll('[data-t]')) element.textContent = say(/** @type {Key} */ (element.getAttribute('data-t')))
  for (const element of document.querySelectorAll('[data-label]')) {
    const label = (element.ariaLabel = say(/** @type {Key} */ (element.getAttribute('data-label'))))
    if (element instanceof HTMLButtonElement) element.title = label
    if (element instanceof HTMLInputElement) element.placeholder = label
  }
  delete document.documentElement.dataset.words
}

if (typeof document !== 'undefined') whenSpoken(fill)
