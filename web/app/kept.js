/**
 * What a page that goes away leaves for the page that it becomes, should it be loaded again: no
 * page can tell that from being closed. It lies there only in between, so that a duplicated tab,
 * whose storage begins as a copy of a living page's, finds nothing.
 * @typedef {object} Kept
 * @property {string} room that it was in, or wants to go into
 * @property {string} [talk] the room in which a call that was taken there goes on
 * @property {string} [person] who one is to the others
 * @property {string[]} [off] kinds of devices that were switched off
 */

const place = 'parley:page'

/** @param {Kept} kept */
export function keep(kept) {
  sessionStorage.setItem(place, JSON.stringify(kept))
}

/** Takes what was kept for this room. @param {string} room @returns {Kept | null} */
export function takeKept(room) {
  const kept = JSON.parse(sessionStorage.getItem(place) ?? 'null')
  sessionStorage.removeItem(place)
  return kept?.room === room ? kept : null
}
