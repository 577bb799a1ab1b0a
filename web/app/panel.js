import { byId } from './dom.js'
import { say, whenSpoken } from './words.js'

/** @typedef {'chat' | 'people' | 'inside'} Part */

/** @type {readonly Part[]} */
const parts = ['chat', 'people', 'inside']
const panel = byId('panel')

/** @type {Part | null} */
let open = null

/** The part that is shown. */
export const openPart = () => open

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
  show(open === part ? null : part)
}

export function closePanel() {
  if (!open) return false
  const button = byId(`open-${open}`)
  show(null)
  button.focus()
  return true
}

/** @param {Part | null} part */
function show(part) {
  open = part
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
  whenSpoken(() => open && (byId('panel-title').textContent = say(open)))
}
