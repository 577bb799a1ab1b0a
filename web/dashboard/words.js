/** What the dashboard says, in the language that was chosen, here or on the demo's page. */

import { en } from './words.en.js'
import { zh } from './words.zh.js'

/** @typedef {keyof typeof en} Key */

let chinese = document.documentElement.lang.startsWith('zh')

export const isChinese = () => chinese

/** @type {Set<() => void>} */
const listeners = new Set()

/** Runs now, and again when another language is chosen. @param {() => void} run */
export function whenSpoken(run) {
  listeners.add(run)
  run()
}

/**
 * The words for a key; `{name}` in them stands for a value, `{name: room|rooms}` for a number of them.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return (chinese ? zh : en)[key].replace(/\{(\w+)(?:: (.*?)\|(.*?))?\}/g, (_, name, one, many) => `${values[name]}${one ? ` ${String(values[name]) === '1' ? one : many}` : ''}`)
}

/** The words for a key that may not exist; else `otherwise`. @param {string} key @param {string} otherwise */
export const sayOr = (key, otherwise) => (key in en ? say(/** @type {Key} */ (key)) : otherwise)

export function switchLanguage() {
  chinese = !chinese
  document.documentElement.lang = chinese ? 'zh-CN' : 'en'
  localStorage.setItem('parley:language', chinese ? 'zh' : 'en')
  for (const run of listeners) run()
}

/** @param {string} attribute @param {(element: HTMLElement, words: string) => void} put */
function each(attribute, put) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) put(/** @type {HTMLElement} */ (element), say(/** @type {Key} */ (element.getAttribute(attribute))))
}

/** Puts the words into the elements that name them. */
function fill() {
  each('data-t', (element, words) => (element.textContent = words))
  each('data-label', (element, words) => {
    element.ariaLabel = words
    if (element.tagName !== 'NAV') element.title = words
  })
  each('data-hint', (element, words) => element.setAttribute('placeholder', words))
  delete document.documentElement.dataset.words
}

whenSpoken(fill)
