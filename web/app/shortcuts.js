import { byId, make } from './dom.js'
import { closePanel, togglePanel } from './panel.js'
import { keysOn } from './settings.js'
import { say, whenSpoken } from './words.js'

/**
 * Single keys, where nothing is being written; they can be switched off.
 * @param {(nth: number) => void} pin
 */
export function bindShortcuts(pin) {
  const press = (/** @type {string} */ id) => () => byId(id).click()
  /** @type {[string, import('./words.js').Key, () => void][]} */
  const keys = [
    ['m', 'mute', press('microphone')], ['v', 'stopCamera', press('camera')], ['s', 'share', press('screen')],
    ['c', 'chat', () => togglePanel('chat')], ['p', 'people', () => togglePanel('people')], ['i', 'inside', () => togglePanel('inside')],
    ['l', 'copyLink', press('copy')], ['?', 'keyHelp', help],
  ]
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && !document.querySelector('dialog[open]') && closePanel()) return e.preventDefault()
    const writing = /** @type {HTMLElement} */ (e.target).closest('input:not([type=checkbox]), select, textarea, dialog')
    if (writing || e.ctrlKey || e.altKey || e.metaKey || !keysOn() || document.body.dataset.stage !== 'call') return
    const found = keys.find(([key]) => key === e.key.toLowerCase())
    if (found) found[2]()
    else if (/^[1-6]$/.test(e.key)) pin(Number(e.key) - 1)
    else return
    e.preventDefault()
  })
  byId('help-open').onclick = help
  whenSpoken(() => {
    const row = (/** @type {string} */ key, /** @type {import('./words.js').Key} */ word) => [make('dt', { textContent: say(word) }), make('dd', {}, make('kbd', { textContent: key }))]
    byId('key-list').replaceChildren(...keys.flatMap(([key, word]) => row(key.toUpperCase(), word)), ...row('1 – 6', 'keyPin'), ...row('Esc', 'keyClose'))
  })
}

function help() {
  /** @type {HTMLDialogElement[]} */
  const [settings, list] = [byId('settings'), byId('help')]
  settings.close()
  list.showModal()
}
