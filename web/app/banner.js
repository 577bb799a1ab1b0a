import { byId, write } from './dom.js'
import { say } from './words.js'

/** What goes wrong, in two lines that have nothing to do with each other: the line to the server, and the media. */

/** @typedef {'good' | 'busy' | 'bad' | 'quiet'} Tone */

/** @type {any} */
let fading = null

/** @param {string} text @param {Tone} [tone] @param {number} [ms] gone after that; default: it stays */
export function lineBanner(text, tone = 'busy', ms = 0) {
  clearTimeout(fading)
  if (ms) fading = setTimeout(() => show('line', '', tone), ms)
  show('line', text, tone)
}

/**
 * @param {import('./session.js').Other[]} others
 * @param {(member: import('../sdk/types.js').Member) => string} name
 */
export function mediaBanner(others, name) {
  const of = (/** @type {string} */ state) => others.filter((o) => o.peer?.state === state).map((o) => name(o.member)).join(', ')
  const [lost, none] = [of('reconnecting'), of('failed')]
  if (none) show('media', say('mediaNone', { name: none }), 'bad')
  else show('media', lost && say('mediaLost', { name: lost }), 'busy')
}

/** @param {string} id @param {string} text @param {Tone} tone */
function show(id, text, tone) {
  const line = byId(id)
  line.dataset.tone = tone
  write(line, text)
}

/** @param {string} text @param {Tone} tone */
export function summary(text, tone) {
  const element = byId('summary')
  element.dataset.tone = tone
  write(element, text)
}
