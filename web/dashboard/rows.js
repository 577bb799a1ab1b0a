/** Lists that are told anew every other second: what has not changed stays as it is, with its focus. */

/** @typedef {{ key: string, told: unknown, make: () => HTMLElement }} Row `told` is all that is shown of it */

/** @type {WeakMap<Element, { key: string, told: string }>} */
const known = new WeakMap()

/** @param {HTMLElement} list @param {Row[]} rows */
export function fill(list, rows) {
  const before = new Map([...list.children].map((row) => [known.get(row)?.key, row]))
  const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement) ? document.activeElement : null
  let refocus = null
  let at = list.firstElementChild
  for (const row of rows) {
    const told = JSON.stringify(row.told)
    let element = before.get(row.key)
    before.delete(row.key)
    if (!element || known.get(element)?.told !== told) {
      const old = element
      element = row.make()
      known.set(element, { key: row.key, told })
      if (old && focused && old.contains(focused)) refocus = element.querySelector(focused.tagName.toLowerCase())
      if (old) {
        if (at === old) at = element
        old.replaceWith(element)
      }
    }
    if (element === at) at = element.nextElementSibling
    else list.insertBefore(element, at)
  }
  while (at) {
    const next = at.nextElementSibling
    at.remove()
    at = next
  }
  if (refocus instanceof HTMLElement) refocus.focus()
}
