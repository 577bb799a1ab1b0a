/** The actors: shards, the connections around each, and the rooms that it runs. */

import { byId, makeSvg, write } from '../app/dom.js'
import { short, whole } from './numbers.js'
import { islands, pack } from './pack.js'
import { connectionsOf, roomKey } from './samples.js'
import { niceEnd } from './scale.js'
import { say } from './words.js'

const label = 40
const mostDots = 90
const mostIslands = 16
const still = matchMedia('(prefers-reduced-motion: reduce)')

/** @type {SVGSVGElement} */
const svg = byId('map')

/** @type {Map<string, SVGElement>} rooms that are shown */
const shown = new Map()
/** @type {SVGElement[]} */
let grounds = []
let drawnFor = ''
let drawnAt = ''

/** @typedef {import('./samples.js').Snapshot} Snapshot */
/** @typedef {import('./cluster.js').View} View */

/** @param {View} view */
export function drawMap(view) {
  const s = view.last
  const { width, height } = svg.getBoundingClientRect()
  if (!width || !height) return
  const size = `${width} ${height}`
  svg.toggleAttribute('data-jump', size !== drawnAt) // nothing glides because the window has changed
  drawnAt = size
  svg.setAttribute('viewBox', `0 0 ${Math.round(width)} ${Math.round(height)}`)
  const rooms = s.largest ?? []
  const lone = (view.engines && s.shards.length > mostIslands) || rooms.some((r) => r.shard < 0 || r.shard >= mostIslands)
  const shards = s.shards.slice(0, mostIslands)
  const places = islands(shards.length + (lone ? 1 : 0), width, height, label)
  const dots = Math.max(1, ...shards.map((shard) => Math.ceil(shard.connections / mostDots)))
  const each = dots === 1 ? 1 : niceEnd(dots)
  write(byId('key-conn'), each === 1 ? say('keyConn') : say('keyConns', { count: whole(each) }))
  drawGrounds(view, places, each)
  const living = new Set()
  const on = places.map((_, i) => rooms.filter((r) => (r.shard < 0 || r.shard >= mostIslands ? shards.length : r.shard) === i))
  packed(on, places[0].r - 18).forEach((circles, i) => circles.forEach((circle, n) => {
    const room = on[i][n]
    living.add(roomKey(room))
    drawRoom(room, view.rates.get(roomKey(room)) ?? 0, places[i].x + circle.x, places[i].y + circle.y, circle.r)
  }))
  for (const [key, group] of shown) {
    if (living.has(key)) continue
    group.remove()
    shown.delete(key)
  }
  svg.setAttribute('aria-label', spoken(view))
}

let packedFor = ''
let packedIn = 0
/** @type {import('./pack.js').Packing} */
let packing = { disks: [], scale: 0 }
/** @type {Map<string, import('./pack.js').Circle>} rooms, each from the middle of its disk */
const lying = new Map()

/**
 * What lies where. Where something has changed, as little as possible moves.
 * @param {NonNullable<Snapshot['largest']>[]} on the rooms in each disk @param {number} radius
 */
function packed(on, radius) {
  const now = JSON.stringify([on.map((here) => here.map((r) => [roomKey(r), r.members])), Math.round(radius)])
  if (now === packedFor) return packing.disks
  const before = { disks: on.map((here) => here.map((r) => lying.get(roomKey(r)))), scale: packing.scale }
  packing = pack(on.map((here) => here.map((r) => r.members)), radius, radius === packedIn ? before : undefined)
  lying.clear()
  packing.disks.forEach((circles, i) => circles.forEach((circle, n) => lying.set(roomKey(on[i][n]), circle)))
  packedFor = now
  packedIn = radius
  return packing.disks
}

/** @param {View} view */
function spoken({ last: s, engines }) {
  const values = { shards: s.shards.length, connections: connectionsOf(s), rooms: s.rooms }
  const first = s.largest?.[0]
  if (engines) return say('mapSaidAll', values)
  return first ? say('mapSaid', { ...values, name: first.name, members: first.members }) : say('mapEmpty', values)
}

/**
 * The disks, with what is written below them and their connections around them.
 * @param {View} view @param {import('./pack.js').Circle[]} places @param {number} each
 */
function drawGrounds({ last: s, engines, shardRates }, places, each) {
  /** @param {number} i */
  const name = (i) => (engines ? clip(engines[i]) : say('shard', { number: i + 1 }))
  const rest = engines ? [say('otherEngines'), ''] : [say('behaviours'), say('behavioursLoad')]
  const texts = places.map((_, i) => {
    const shard = s.shards[i]
    return shard && i < mostIslands ? [name(i), say('shardLoad', { connections: whole(shard.connections), rate: short(shardRates[i] ?? 0) })] : rest
  })
  const counts = places.map((_, i) => Math.ceil((s.shards[i]?.connections ?? 0) / each))
  const now = JSON.stringify([places.map(({ x, y, r }) => [x | 0, y | 0, r | 0]), counts])
  if (now !== drawnFor) {
    drawnFor = now
    for (const ground of grounds) ground.remove()
    grounds = places.map((place, i) => ground(place, counts[i], i >= s.shards.length))
    svg.prepend(...grounds)
  }
  grounds.forEach((ground, i) => ground.querySelectorAll('text').forEach((text, n) => write(text, texts[i][n])))
}

/** @param {import('./pack.js').Circle} place @param {number} dots @param {boolean} lone */
function ground({ x, y, r }, dots, lone) {
  const group = makeSvg('g', { class: lone ? 'ground lone' : 'ground' }, makeSvg('circle', { class: 'disk', cx: x, cy: y, r: r - 12 }))
  for (let i = 0; i < dots; i++) {
    const angle = (2 * Math.PI * i) / dots - Math.PI / 2
    group.append(makeSvg('circle', { class: 'conn', cx: x + (r - 4) * Math.cos(angle), cy: y + (r - 4) * Math.sin(angle), r: 2.2 }))
  }
  group.append(makeSvg('text', { class: 'name', x, y: y + r + 16 }), makeSvg('text', { x, y: y + r + 33 }))
  return group
}

/** @param {NonNullable<Snapshot['largest']>[number]} room @param {number} rate @param {number} x @param {number} y @param {number} r */
function drawRoom(room, rate, x, y, r) {
  let group = shown.get(roomKey(room))
  if (!group) {
    group = makeSvg('g', { class: 'room' }, makeSvg('title'), makeSvg('circle', { class: 'pulse' }), makeSvg('circle', { class: 'body' }), makeSvg('text'), makeSvg('text', { class: 'count' }))
    group.addEventListener('click', () => (location.hash = roomHash(room)))
    shown.set(roomKey(room), group)
    svg.append(group)
  }
  group.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`
  group.style.setProperty('--glow', String(Math.min(Math.log10(1 + rate) / 3, 1)))
  group.toggleAttribute('data-full', room.mailbox > 0)
  const [title, pulse, body, name, count] = group.children
  write(title, say('roomTip', { name: room.name, members: whole(room.members), rate: short(rate), mailbox: whole(room.mailbox) }))
  for (const circle of [pulse, body]) /** @type {SVGElement} */ (circle).style.setProperty('r', `${r.toFixed(1)}px`)
  const letters = Math.floor((2 * r - 8) / 7)
  const wide = /[\u2e80-\uffff]/.test(room.name) ? 2 : 1
  const named = wide * room.name.length <= letters || letters > 7
  write(name, !named ? '' : wide * room.name.length > letters ? `${room.name.slice(0, letters / wide - 1)}…` : room.name)
  write(count, r < 10 ? '' : short(room.members))
  count.setAttribute('y', named ? '16' : '4')
  if (rate > 0 && r > 5 && !still.matches && !document.hidden) {
    pulse.animate([{ opacity: 0.5, transform: 'scale(1)' }, { opacity: 0, transform: `scale(${1 + 8 / r})` }], { duration: 900, easing: 'ease-out', delay: Math.random() * 400 })
  }
}

/** So that names beside each other do not meet. @param {string} name */
const clip = (name) => (name.length > 24 ? `${name.slice(0, 10)}…${name.slice(-12)}` : name)

/** @param {{ namespace: string, name: string }} room */
export const roomHash = ({ namespace, name }) => `#/room/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
