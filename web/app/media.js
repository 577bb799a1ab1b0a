/**
 * What keeps camera and microphone from being used: the page is not a secure context, the
 * person or the system said no, there is none, another program has it, or something else.
 * @typedef {'insecure' | 'denied' | 'missing' | 'busy' | 'unknown'} Problem
 */

const wishes = [
  { audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 } } },
  { audio: true },
  { video: true },
]

/**
 * Asks for camera and microphone, and makes do with one of them.
 * @returns {Promise<{ stream: MediaStream, problem: null } | { stream: null, problem: Problem }>}
 */
export async function openDevices() {
  if (!navigator.mediaDevices) return { stream: null, problem: 'insecure' }
  /** @type {Problem} */
  let problem = 'unknown'
  for (const wish of wishes) {
    try {
      return { stream: await navigator.mediaDevices.getUserMedia(wish), problem: null }
    } catch (error) {
      const found = problemOf(error)
      if (found === 'denied') return { stream: null, problem: found }
      if (problem !== 'busy') problem = found // a device in use says more than one that is not there
    }
  }
  return { stream: null, problem }
}

/** @param {unknown} error @returns {Problem} */
function problemOf(error) {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    case 'NotReadableError':
    case 'AbortError':
      return 'busy'
    default:
      return 'unknown'
  }
}
