import { byId, make, makeSvg } from './dom.js'
import { say } from './words.js'

/** @typedef {[number, number]} Point */

/** @type {SVGElement} */
const picture = byId('picture')
const browser = /** @type {Point} */ ([170, 274])
const mine = /** @type {Point} */ ([170, 204])
const room = /** @type {Point} */ ([170, 122])
const atOnce = 24

/** @type {Map<string, Point>} connections of the others, by member id */
let places = new Map()
let flying = 0

/**
 * Draws the actors of the room: everybody's connection, the room, and one's own line to it.
 * @param {import('./session.js').Session} session
 * @param {(member: import('../sdk/types.js').Member | undefined) => string} name
 */
export function draw(session, name) {
  const { others, online } = session
  places = new Map(others.map(({ member }, i) => [member.id, place(i, others.length)]))
  picture.replaceChildren(
    ...others.map(({ member, peer }) => straight(at(member.id), peer?.state ?? 'none')),
    line(browser, mine, !online), line(mine, room, false), ...others.map(({ member }) => line(room, at(member.id), false)),
    ...others.map(({ member }) => actor(at(member.id), name(member), member.suspended)),
    actor(mine, say('you'), !online),
    makeSvg('circle', { class: 'room', cx: room[0], cy: room[1], r: 32 }), text(room[0], room[1] + 4, say('room'), 'name'),
    makeSvg('rect', { class: 'actor', x: browser[0] - 54, y: browser[1] - 15, width: 108, height: 30, rx: 8 }), text(browser[0], browser[1] + 4, say('yourBrowser'), 'name'))
}

/**
 * A message on its way.
 * @param {import('./tap.js').Frame} frame
 */
export function fly({ way, message }) {
  const kind = kindOf(message)
  if (way === 'in') return send(kind, [...(places.has(message.from) ? [at(message.from)] : []), ...(message.type === 'pong' ? [] : [room]), mine, browser])
  const to = message.type === 'send' || message.type === 'update' ? [message.to ?? [...places.keys()]].flat() : []
  if (message.type === 'ping') return send(kind, [browser, mine])
  if (!to.length) return send(kind, [browser, mine, room])
  for (const id of to) send(kind, [browser, mine, room, ...(places.has(id) ? [at(id)] : [])])
}

/** @param {any} message @returns {'offer' | 'candidate' | 'member' | 'event'} its colour */
export function kindOf({ type, event }) {
  if (event === 'offer' || event === 'answer') return 'offer'
  if (event === 'candidate') return 'candidate'
  return type === 'member' || type === 'joined' || type === 'join' || type === 'update' ? 'member' : 'event'
}

/** @param {string} kind @param {Point[]} way */
function send(kind, way) {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  if (flying >= atOnce || still || document.hidden) return
  flying++
  const letter = makeSvg('circle', { class: 'letter', r: 5.500, 'data-kind': kind })
  picture.append(letter)
  const frames = way.map(([x, y]) => ({ transform: `translate(${x}px, ${y}px)` }))
  letter.animate(frames, { duration: 280 * way.length, easing: 'ease-in-out' }).finished.finally(() => {
    letter.remove()
    flying--
  })
}

/** @param {string} id @returns {Point} */
const at = (id) => places.get(id) ?? room

/** @param {number} i @param {number} n @returns {Point} on an arc above the room */
function place(i, n) {
  const angle = Math.PI * (n === 1 ? 0.5 : 0.06 + (0.88 * i) / (n - 1))
  return [Math.round(room[0] - 128 * Math.cos(angle)), Math.round(room[1] + 4 - 84 * Math.sin(angle))]
}

/** @param {Point} from @param {Point} to @param {boolean} down */
function line([x1, y1], [x2, y2], down) {
  return makeSvg('line', { class: 'wire', x1, y1, x2, y2, ...(down ? { 'data-down': '' } : {}) })
}

/** Picture and sound, which pass the engine by. @param {Point} to @param {string} state */
function straight([x, y], state) {
  const bend = x < room[0] ? 16 : 324
  return makeSvg('path', { class: 'straight', d: `M${browser} Q${bend} ${room[1] + 60} ${x} ${y}`, 'data-state': state })
}

/** @param {Point} at @param {string} name @param {boolean} suspended */
function actor([cx, cy], name, suspended) {
  const short = name.length > 12 ? `${name.slice(0, 11)}…` : name
  const side = cy === mine[1]
  return makeSvg('g', { 'data-state': suspended ? 'suspended' : 'there' }, makeSvg('circle', { class: 'actor', cx, cy, r: 14 }), side ? text(cx + 34, cy + 4, short) : text(cx, cy - 20, short))
}

/** @param {number} x @param {number} y @param {string} said @param {string} [kind] */
function text(x, y, said, kind = '') {
  return makeSvg('text', { x, y, class: kind }, said)
}

/**
 * One line of the list of frames.
 * @param {import('./tap.js').Frame} frame
 * @param {(id: string) => string} name of a member
 */
export function frameLine({ way, message, bytes }, name) {
  const { type, event, from, to, member, change, id, seq, code } = message
  const ends = [from ? `← ${name(from)}` : '', to ? `→ ${[to].flat().map(name).join(', ')}` : '', change && member ? `${name(member)} ${change}` : '', code ?? ''].filter(Boolean).join(' ')
  const number = seq !== undefined ? `#${seq}` : id !== undefined ? `id ${id}` : ''
  return make('li', {}, make('i', { dataset: { kind: kindOf(message) } }),
    make('span', { textContent: `${way === 'in' ? '↓' : '↑'} ${event ?? type} ${ends}` }), make('small', { textContent: `${number} ${bytes} B` }))
}
