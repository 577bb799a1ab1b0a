/** The link is the call: who opens the same one is in it. */

const consonants = 'bdfghjklmnprstwz'
const vowels = 'aeiou'

/** @param {string} letters @returns {string} one of them, none likelier than another */
function pick(letters) {
  const [byte] = crypto.getRandomValues(new Uint8Array(1))
  return byte < 256 - (256 % letters.length) ? letters[byte % letters.length] : pick(letters)
}

/** Three words that can be said aloud in any language, as `lumo-katedi-noru`: 44 bits, which nobody guesses. */
function newName() {
  const word = (/** @type {number} */ syllables) => Array.from({ length: syllables }, () => pick(consonants) + pick(vowels)).join('')
  return [2, 3, 2].map(word).join('-')
}

/** The room that the address names (`room_id` is how older pages call it), or a new one put into it. */
export function roomName() {
  const query = new URLSearchParams(location.search)
  const given = query.get('room') || query.get('room_id')
  if (given) return given
  const name = newName()
  history.replaceState(null, '', roomLink(name))
  return name
}

/** @param {string} name */
export function roomLink(name) {
  const link = new URL(location.href)
  link.search = `?room=${encodeURIComponent(name)}`
  link.hash = ''
  return link.href
}
