const widest = 16 / 9
/** On a stage that is higher than it is wide, as a phone's: so are the pictures that phones send. */
const tallest = 3 / 4

/**
 * How n tiles fill a stage best: much of the stage, and much of each picture.
 * @param {number} n
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 * @returns {{ width: number, height: number }} of one tile
 */
export function fit(n, width, height, gap) {
  let best = { width: 0, height: 0, score: 0 }
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns)
    let w = (width - gap * (columns - 1)) / columns
    let h = (height - gap * (rows - 1)) / rows
    if (w / h > widest) w = h * widest
    h = Math.min(h, width > height ? w : w / tallest)
    const score = w * h * Math.sqrt(w / h / widest)
    if (score > best.score) best = { width: Math.floor(w), height: Math.floor(h), score }
  }
  return best
}

/**
 * One tile large, the others in a strip below it.
 * @param {number} n tiles of the strip
 * @param {number} width
 * @param {number} height
 * @param {number} gap
 */
export function strip(n, width, height, gap) {
  if (!n) return { width: 0, height: 0, large: height }
  const high = Math.max(72, Math.min(150, height * 0.2))
  const wide = Math.floor(Math.min(high * widest, (width - gap * (n - 1)) / n))
  return { width: wide, height: high, large: Math.floor(height - high - gap) }
}
