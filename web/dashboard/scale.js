/**
 * The scale's end: 1, 2 or 5 times a power of ten, of bytes within their unit.
 * @param {number} n @param {boolean} [binary]
 * @returns {number}
 */
export function niceEnd(n, binary = false) {
  if (binary && n >= 1000) return 1024 * niceEnd(n / 1024, n >= 1000 * 1024)
  const power = 10 ** Math.floor(Math.log10(n))
  const step = [1, 2, 5, 10].find((s) => s * power >= n) ?? 10
  return step * power
}
