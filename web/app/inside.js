import { byId, make } from './dom.js'
import { openPart, whenPanel } from './panel.js'
import { draw, fly, frameLine } from './picture.js'
import { watchResume } from './resume.js'
import { say } from './words.js'

const kept = 60
/** How long a line that is dropped by hand stays down. */
const away = 3000

/**
 * What goes on inside: the room's actors, one's own frames, and ways to disturb them.
 * @param {import('./session.js').Session} session
 * @param {import('./tap.js').Tap} tap
 * @param {(member: import('../sdk/types.js').Member | undefined) => string} name
 * @returns {() => void} shows what has changed
 */
export function bindInside(session, tap, name) {
  const { room } = session
  const facts = { out: 0, in: 0, seq: 0, trip: '–' }
  /** @type {Map<number, number>} when a request went out, by id */
  const asked = new Map()
  const nameById = (/** @type {string} */ id) => (id === room.self?.id ? say('you') : name(room.members.get(id)))
  const list = byId('frames')
  const show = () => {
    if (openPart() !== 'inside') return
    draw(session, name)
    showFacts(room.epoch, facts)
    showRelay(session)
  }
  tap.on('frame', (frame) => {
    const { way, message } = frame
    facts[way]++
    if (message.seq) facts.seq = Math.max(facts.seq, message.seq)
    if (way === 'out' && message.id) asked.set(message.id, performance.now())
    else if (message.id && asked.has(message.id)) {
      facts.trip = `${(performance.now() - /** @type {number} */ (asked.get(message.id))).toFixed(1)} ms`
      asked.delete(message.id)
    }
    list.prepend(frameLine(frame, nameById))
    while (list.children.length > kept) list.lastChild?.remove()
    if (openPart() !== 'inside') return
    fly(frame)
    showFacts(room.epoch, facts)
  }, { signal: session.signal })
  watchResume(session, tap, nameById)
  byId('drop').onclick = () => tap.drop(away)
  /** @type {HTMLInputElement} */
  const relay = byId('relay')
  relay.checked = false
  relay.onchange = () => session.relay(relay.checked)
  whenPanel(show, session.signal)
  return show
}

/** @param {import('./session.js').Session} session */
function showRelay({ room }) {
  const turn = room.client.iceServers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/.test(url)))
  /** @type {HTMLInputElement} */
  const relay = byId('relay')
  relay.disabled = !turn
  byId('relay-note').textContent = say(turn ? 'relayCan' : 'relayNone')
}

/** @param {string} epoch @param {{ out: number, in: number, seq: number, trip: string }} facts */
function showFacts(epoch, facts) {
  const row = (/** @type {import('./words.js').Key} */ key, /** @type {string} */ value) => [make('dt', { textContent: say(key) }), make('dd', { textContent: value })]
  byId('facts').replaceChildren(...row('factEpoch', epoch), ...row('factSeq', `#${facts.seq}`), ...row('factTrip', facts.trip), ...row('factFrames', `${facts.out} / ${facts.in}`))
}
