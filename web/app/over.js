import { byId } from './dom.js'
import { maybe, say } from './words.js'

/** @type {Record<string, string>} which words are for which reason, where they have other names */
const meant = { room_full: 'full', room_locked: 'locked', bad_request: 'link' }

/** @type {Record<string, import('./words.js').Key>} */
const agains = { leave: 'callAgain', replaced: 'againHere' }

/** @type {Record<string, string>} symbols of index.html */
const icons = { leave: 'leave', full: 'people', unauthorized: 'person', replaced: 'screen' }

/**
 * The page after the call.
 * @param {string} reason
 * @param {string} said by a moderator; may be empty
 */
export function showOver(reason, said) {
  const known = meant[reason] ?? reason
  const key = maybe(`over_${known}`) ? known : 'closed'
  byId('over-icon').setAttribute('href', `#i-${icons[key] ?? 'close'}`)
  byId('over-title').textContent = maybe(`over_${key}`)
  byId('over-text').textContent = maybe(`over_${key}_text`) + (said && key === 'kicked' ? ` (${said})` : '')
  byId('again').textContent = say(agains[key] ?? 'again')
}
