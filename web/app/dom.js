/** Small help with the document. */

/**
 * @template {Element} [T=HTMLElement]
 * @param {string} id of an element of index.html
 * @returns {T}
 */
export const byId = (id) => /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)))

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [set] properties; those of `dataset` one by one
 * @param {(Node | string)[]} children
 */
export function make(tag, { dataset = {}, ...set } = {}, ...children) {
  const element = document.createElement(tag)
  Object.assign(element, set)
  Object.assign(element.dataset, dataset)
  element.append(...children)
  return element
}

const svgSpace = 'http://www.w3.org/2000/svg'

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {(Node | string)[]} children
 */
export function makeSvg(tag, attributes = {}, ...children) {
  const element = /** @type {SVGElement} */ (document.createElementNS(svgSpace, tag))
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  element.append(...children)
  return element
}

/** @param {string} name of a symbol in index.html */
export const icon = (name) => makeSvg('svg', { 'aria-hidden': 'true' }, makeSvg('use', { href: `#i-${name}` }))

/**
 * Says it where it is not said already: saying it again would be read out again.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Has a screen reader say something, when it is done with what it says. @param {string} text */
export function announce(text) {
  byId('said').textContent = text
}
