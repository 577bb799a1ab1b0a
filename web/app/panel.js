import { byId } from './dom.js'
import { say, whenSpoken } from './words.js'

/** @typedef {'chat' | 'people' | 'inside'} Part */

/** @type {readonly Part[]} */
const parts = ['chat', 'people', 'inside']
const panel = byId('panel')

/** @type {Part | null} */
export let openPart = null

/** @type {Set<(part: Part | null) => void>} */
const listeners = new Set()

/**
 * @param {(part: Part | null) => void} run when another part is shown
 * @param {AbortSignal} signal until then
 */
export function whenPanel(run, signal) {
  listeners.add(run)
  signal.addEventListener('abort', () => listeners.delete(run))
}

/** Opens a part of the panel, or closes it where it is open. @param {Part} part */
export function togglePanel(part) {
  show(openPart === part ? null : part)
}

export function closePanel() {
  if (!openPart) return false
  const button = byId(`open-${openPart}`)
  show(null)
  button.focus()
  return true
}

/** @param {Part | null} part */
function show(part) {
  openPart = part
  panel.hidden = !part
  for (const p of parts) {
    byId(`panel-${p}`).hidden = p !== part
    byId(`open-${p}`).ariaExpanded = String(p === part)
  }
  if (part) byId('panel-title').textContent = say(part)
  for (const run of listeners) run(part)
  if (part === 'chat') byId('text').focus()
  else if (part) byId('panel-title').focus()
}

export function bindPanel() {
  for (const part of parts) byId(`open-${part}`).onclick = () => togglePanel(part)
  byId('panel-close').onclick = closePanel
  whenSpoken(() => openPart && (byId('panel-title').textContent = say(openPart)))
}
