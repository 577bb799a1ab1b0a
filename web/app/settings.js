import { byId } from './dom.js'
import { language, say, speak, whenSpoken } from './words.js'

/** Language, theme, and whether single keys do something. */
export function bindSettings() {
  /** @type {HTMLDialogElement} */
  const dialog = byId('settings')
  byId('settings-open').onclick = () => dialog.showModal()
  const toggle = byId('language')
  toggle.onclick = () => speak(language() === 'zh' ? 'en' : 'zh')
  whenSpoken(() => {
    toggle.textContent = language() === 'zh' ? 'English' : '中文'
    toggle.lang = language() === 'zh' ? 'en' : 'zh'
  })
  /** @type {HTMLSelectElement} */
  const theme = byId('theme')
  theme.value = localStorage.getItem('parley:theme') ?? ''
  theme.onchange = () => {
    localStorage.setItem('parley:theme', theme.value)
    if (theme.value) document.documentElement.dataset.theme = theme.value
    else delete document.documentElement.dataset.theme
  }
  /** @type {HTMLInputElement} */
  const keys = byId('keys-on')
  keys.checked = keysOn()
  keys.onchange = () => localStorage.setItem('parley:keys', keys.checked ? '' : 'off')
}

export const keysOn = () => localStorage.getItem('parley:keys') !== 'off'

/** The link into the clipboard; `button` says so. @param {string} link @param {HTMLElement[]} buttons */
export async function copyLink(link, ...buttons) {
  const copied = await copyText(link)
  for (const button of buttons) {
    button.textContent = copied ? say('copied') : say('copyByHand', { link })
    setTimeout(() => (button.textContent = say('copyLink')), 2000)
  }
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.body.appendChild(document.createElement('textarea')) // not a secure context: the old way still works
    field.value = text
    field.select()
    const copied = document.execCommand('copy')
    field.remove()
    return copied
  }
}
