/** The link is the call: who opens the same one is in it. Where joins need a token, it brings that along. */

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
  history.replaceState(null, '', roomLink(name) + location.hash)
  return name
}

/**
 * The join token of the link: `#token=…`. What follows a # is sent to no server and named in no
 * log or referrer; it is taken out of the address at once, so that no one copies it or reads it
 * off a shared screen. It lasts as long as the tab; another one put into the address replaces it.
 * @param {string} room
 * @param {() => void} renewed told of another one
 * @returns {() => string} the token; '': none
 */
export function watchToken(room, renewed) {
  const place = `parley:token ${room}`
  const take = () => {
    const token = new URLSearchParams(location.hash.slice(1)).get('token')
    if (!token) return false
    sessionStorage.setItem(place, token)
    history.replaceState(null, '', location.pathname + location.search)
    return true
  }
  take()
  addEventListener('hashchange', () => take() && renewed())
  return () => sessionStorage.getItem(place) ?? ''
}

/** @param {string} name */
export function roomLink(name) {
  const link = new URL(location.href)
  link.search = `?room=${encodeURIComponent(name)}`
  link.hash = ''
  return link.href
}
