import { byId, make } from './dom.js'
import { say, whenSpoken } from './words.js'

const percent = (/** @type {number | null} */ n) => (n === null ? '–' : `${(n * 100).toFixed(1)} %`)
const rate = (/** @type {number} */ bits) => (bits > 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1e3)} kbit/s`)

/** @type {string | null} whose figures are looked at */
let open = null

/** @param {string} key @param {string} name */
export function openQuality(key, name) {
  /** @type {HTMLDialogElement} */
  const dialog = byId('quality')
  const end = new AbortController()
  open = key
  whenSpoken(() => (byId('quality-title').textContent = say('qualityTitle', { name })), end.signal)
  byId('figures').replaceChildren()
  dialog.onclose = () => {
    open = null
    end.abort()
  }
  dialog.showModal()
}

/** @param {string} key @param {import('./quality.js').Figures} f */
export function showFigures(key, f) {
  if (key !== open) return
  const row = (/** @type {import('./words.js').Key} */ word, /** @type {string} */ value) => [make('dt', { textContent: say(word) }), make('dd', { textContent: value })]
  byId('quality-text').textContent = f.local ? say(f.relayed ? 'wayRelay' : 'wayDirect', { local: f.local, remote: f.remote, protocol: f.protocol }) : ''
  byId('figures').replaceChildren(
    ...row('rtt', f.rtt === null ? '–' : `${f.rtt < 10 ? f.rtt.toFixed(1) : Math.round(f.rtt)} ms`),
    ...row('loss', percent(f.loss)), ...row('lossThere', percent(f.lossThere)),
    ...row('video', `${f.size} ${Math.round(f.fps)} fps`), ...row('codec', f.codecs || '–'),
    ...row('rate', `${rate(f.inRate)} / ${rate(f.outRate)}`))
}
