/** Where things lie in the picture of the actors. */

/** @typedef {{ x: number, y: number, r: number }} Circle */

const gap = 3
const spots = 480
const turn = Math.PI * (3 - Math.sqrt(5))

/**
 * Circles in disks around 0, none over another, the first ones in the middle. They are as large
 * as fits: their areas are to each other as `sizes` are, over all disks, but that none is too
 * small to be seen.
 * @param {number[][]} sizes of the circles in each disk
 * @param {number} radius of the disks
 * @returns {Circle[][]}
 */
export function pack(sizes, radius) {
  const least = Math.max(2.5, radius / 34)
  const most = Math.max(1, ...sizes.flat())
  /** @type {Circle[][]} */
  let best = sizes.map(() => [])
  let [low, high] = [0, (0.6 * radius) / Math.sqrt(most)]
  for (let scale = high, tries = 0; tries < 9; tries++, scale = (low + high) / 2) {
    const found = sizes.map((disk) => place(disk.map((n) => Math.max(scale * Math.sqrt(n), least)), radius))
    if (!found.every((disk) => disk !== null)) {
      high = scale
      continue
    }
    best = /** @type {Circle[][]} */ (found)
    if (scale === high) break
    low = scale
  }
  return best
}

/** @param {number[]} radii @param {number} radius @returns {Circle[] | null} null where they do not fit */
function place(radii, radius) {
  if (radii.reduce((sum, r) => sum + r * r, 0) > 0.8 * radius * radius) return null
  /** @type {Circle[]} */
  const placed = []
  for (const r of radii) {
    const free = spot(r, placed, radius)
    if (!free) return null
    placed.push(free)
  }
  return placed
}

/** The free place nearest to the middle, on a spiral. @param {number} r @param {Circle[]} placed @param {number} radius */
function spot(r, placed, radius) {
  for (let i = 0; i < spots; i++) {
    const away = radius * Math.sqrt(i / spots)
    if (away + r > radius) return null
    const x = away * Math.cos(i * turn)
    const y = away * Math.sin(i * turn)
    if (placed.every((c) => Math.hypot(c.x - x, c.y - y) >= c.r + r + gap)) return { x, y, r }
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
