/** Where things lie in the picture of the actors. */

/** @typedef {{ x: number, y: number, r: number }} Circle */
/** @typedef {{ disks: Circle[][], scale: number }} Packing `scale` is the radius of a circle of size 1 */
/** @typedef {{ disks: (Circle | undefined)[][], scale: number }} Before where each of the circles has been */

const gap = 3
const spots = 480
const enough = 0.8 // of the size that circles could have
const turn = Math.PI * (3 - Math.sqrt(5))

/**
 * Circles in disks around 0, none over another, the first ones in the middle. They are as large
 * as fits: their areas are to each other as `sizes` are, over all disks, but that none is too
 * small to be seen. What has been somewhere stays there, as long as that wastes little.
 * @param {number[][]} sizes of the circles in each disk
 * @param {number} radius of the disks
 * @param {Before} [before] a packing for the same radius
 * @returns {Packing}
 */
export function pack(sizes, radius, before) {
  const least = Math.max(2.5, radius / 34)
  const most = Math.max(1, ...sizes.flat())
  /** @param {number} scale @param {Before['disks']} [was] @returns {Circle[][] | null} */
  const fit = (scale, was) => {
    const disks = sizes.map((disk, i) => place(disk.map((n) => Math.max(scale * Math.sqrt(n), least)), radius, was?.[i] ?? []))
    return disks.every((disk) => disk !== null) ? disks : null
  }
  let best = { disks: sizes.map(() => /** @type {Circle[]} */ ([])), scale: 0 }
  const largest = (0.6 * radius) / Math.sqrt(most)
  let [low, high] = [0, largest]
  for (let scale = high, tries = 0; tries < 9; tries++, scale = (low + high) / 2) {
    const disks = fit(scale)
    if (!disks) {
      high = scale
      continue
    }
    best = { disks, scale }
    if (scale === high) break
    low = scale
  }
  if (!before || before.scale < enough * best.scale || before.scale * enough > largest) return best
  const stayed = fit(before.scale, before.disks)
  return stayed ? { disks: stayed, scale: before.scale } : best
}

/**
 * @param {number[]} radii @param {number} radius @param {(Circle | undefined)[]} was where each has been
 * @returns {Circle[] | null} null where they do not fit
 */
function place(radii, radius, was) {
  if (radii.reduce((sum, r) => sum + r * r, 0) > 0.8 * radius * radius) return null
  /** @type {Circle[]} */
  const taken = []
  const placed = radii.map((r, i) => {
    const old = was[i]
    if (!old || Math.hypot(old.x, old.y) + r > radius || !isFree(old.x, old.y, r, taken)) return null
    const { x, y } = old
    taken.push({ x, y, r })
    return { x, y, r }
  })
  for (const [i, r] of radii.entries()) {
    if (placed[i]) continue
    const free = spot(r, taken, radius)
    if (!free) return null
    taken.push(free)
    placed[i] = free
  }
  return /** @type {Circle[]} */ (placed)
}

/** @param {number} x @param {number} y @param {number} r @param {Circle[]} taken */
const isFree = (x, y, r, taken) => taken.every((c) => Math.hypot(c.x - x, c.y - y) >= c.r + r + gap)

/** The free place nearest to the middle, on a spiral. @param {number} r @param {Circle[]} placed @param {number} radius */
function spot(r, placed, radius) {
  for (let i = 0; i < spots; i++) {
    const away = radius * Math.sqrt(i / spots)
    if (away + r > radius) return null
    const x = away * Math.cos(i * turn)
    const y = away * Math.sin(i * turn)
    if (isFree(x, y, r, placed)) return { x, y, r }
  }
  return null
}

/**
 * Disks for some shards, side by side, as large as they can be in a field.
 * @param {number} count at least 1
 * @param {number} width @param {number} height
 * @param {number} label the height of what is written below each
 * @returns {Circle[]}
 */
export function islands(count, width, height, label) {
  let columns = 1
  let best = 0
  for (let c = 1; c <= count; c++) {
    const r = Math.min(width / c, height / Math.ceil(count / c) - label) / 2
    if (r > best) [columns, best] = [c, r]
  }
  const rows = Math.ceil(count / columns)
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / columns)
    const inRow = row === rows - 1 ? count - row * columns : columns
    return { x: (width * ((i % columns) + 0.5)) / inRow, y: (height * (row + 0.5)) / rows - label / 2, r: best - 6 }
  })
}
