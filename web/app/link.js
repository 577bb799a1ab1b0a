/** The link is the call: who opens the same one is in it. */

const base36 = '0123456789abcdefghijklmnopqrstuvwxyz'

/** Eight characters: 41 bits, so that nobody guesses a call that goes on. */
function newName() {
  let name = ''
  while (name.length < 8) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1))
    if (byte < 252) name += base36[byte % 36] // 252 is a multiple of 36: no character is likelier
  }
  return name
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
