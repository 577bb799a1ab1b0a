/** Everything that the page says, in one place. */

/**
 * The status line. Its tone: `good`, `busy`, `bad` or, where nothing goes on, `quiet`.
 * @param {import('./call.js').CallState} state
 * @returns {{ text: string, tone: 'good' | 'busy' | 'bad' | 'quiet' }}
 */
export function statusWords({ media, online, left, partner }) {
  if (!online) {
    return media === 'connected'
      ? { text: 'Line to the server lost, reconnecting… The call goes on.', tone: 'busy' }
      : { text: 'Line to the server lost, reconnecting…', tone: 'busy' }
  }
  switch (media) {
    case 'joining':
      return { text: 'Connecting to the server…', tone: 'busy' }
    case 'waiting':
      return left
        ? { text: 'The other person has left. You can wait here for them.', tone: 'quiet' }
        : { text: 'Waiting for the other person…', tone: 'quiet' }
    case 'connecting':
      return { text: 'The other person is here. Connecting the call…', tone: 'busy' }
    case 'connected':
      return partner?.suspended
        ? { text: 'Connected. The other person has lost their line to the server.', tone: 'busy' }
        : { text: 'Connected', tone: 'good' }
    case 'reconnecting':
      return { text: 'The call was interrupted. Reconnecting…', tone: 'busy' }
    default:
      return { text: 'No way to the other person has been found so far. Still trying…', tone: 'bad' }
  }
}

/** @type {Record<string, { title: string, text: string, again: string }>} */
const endings = {
  leave: { title: 'You have left the call', text: 'Camera and microphone are off.', again: 'Call again' },
  full: {
    title: 'This call is full',
    text: 'Two people are in it already. If one of them has just lost the line, their place becomes free in half a minute.',
    again: 'Try again',
  },
  room_locked: { title: 'This call is locked', text: 'Nobody new is let in at the moment.', again: 'Try again' },
  kicked: { title: 'You were removed from the call', text: 'A moderator has ended your part in it.', again: 'Try again' },
  forbidden: { title: 'You may not enter this call', text: 'A moderator has barred you from it.', again: 'Try again' },
  replaced: { title: 'You are in this call elsewhere', text: 'Another window or device has taken your place.', again: 'Use it here' },
  bad_request: { title: 'This link names no call', text: 'A name has at most 128 characters, and no invisible ones.', again: 'Try again' },
  closed: { title: 'The call was closed', text: 'The server has ended it.', again: 'Try again' },
}
endings.room_full = endings.full

/**
 * @param {string} reason
 * @param {string} said by a moderator or the server; may be empty
 */
export function endingWords(reason, said) {
  const known = endings[reason] ?? { ...endings.closed, text: 'The server did not let you in.' }
  return said && reason !== 'full' && reason !== 'room_full' ? { ...known, text: `${known.text} (${said})` } : known
}

/** @type {Record<import('./media.js').Problem, { text: string, action: string }>} */
export const problemWords = {
  insecure: {
    text: 'Browsers allow camera and microphone only on https pages or on localhost, and this page is neither. You can see and hear the other person, but not be seen or heard.',
    action: '',
  },
  denied: {
    text: 'Camera and microphone are blocked for this page. You can see and hear the other person, but not be seen or heard. Allow them beside the address bar, then try again.',
    action: 'Try again',
  },
  missing: {
    text: 'No camera and no microphone were found. You can see and hear the other person, but not be seen or heard.',
    action: 'Look again',
  },
  busy: {
    text: 'Camera or microphone is in use by another program. You can see and hear the other person, but not be seen or heard.',
    action: 'Try again',
  },
  unknown: {
    text: 'Camera and microphone could not be started. You can see and hear the other person, but not be seen or heard.',
    action: 'Try again',
  },
}

export const soundWords = { text: 'The browser holds the sound back until you ask for it.', action: 'Turn sound on' }

export const words = {
  asking: 'Please allow camera and microphone…',
  copied: 'Copied',
  copyByHand: 'Press Ctrl+C',
  you: 'You',
  noCamera: 'You, without camera',
  cameraStopped: 'You, camera stopped',
  partnerNoCamera: 'Their camera is off',
  partnerMuted: 'Their microphone is off',
  partnerNothing: 'Their camera and microphone are off',
}
