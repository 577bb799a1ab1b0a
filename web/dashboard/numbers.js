/** Numbers as people read them. */

import { isChinese, say } from './words.js'

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map()

/** @param {Intl.NumberFormatOptions} options */
function format(options) {
  const locale = isChinese() ? 'zh-CN' : 'en'
  const key = locale + JSON.stringify(options)
  let made = formats.get(key)
  if (!made) formats.set(key, (made = new Intl.NumberFormat(locale, options)))
  return made
}

/** 12,345 @param {number} n */
export const whole = (n) => format({ maximumFractionDigits: 0 }).format(n)

/** 12.3K; small ones with a digit behind the point where they are no whole number. @param {number} n */
export function short(n) {
  if (n < 10_000) return format({ maximumFractionDigits: n < 10 ? 1 : 0 }).format(n)
  return format({ notation: 'compact', maximumSignificantDigits: 3 }).format(n)
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** 1.5 MiB @param {number} n */
export function bytes(n) {
  let unit = 0
  for (; n >= 1024 && unit < units.length - 1; unit++) n /= 1024
  return `${format({ maximumFractionDigits: n < 10 && unit > 0 ? 1 : 0 }).format(n)}\u00a0${units[unit]}`
}

/** 340 µs, 1.2 ms @param {number} microseconds */
export function wait(microseconds) {
  if (microseconds < 1000) return `${format({ maximumFractionDigits: 0 }).format(microseconds)} µs`
  if (microseconds < 1e6) return `${format({ maximumSignificantDigits: 2 }).format(microseconds / 1000)} ms`
  return `${format({ maximumSignificantDigits: 2 }).format(microseconds / 1e6)} s`
}

/** 5 min @param {number} seconds */
export function span(seconds) {
  if (seconds < 60) return say('secondsShort', { n: Math.floor(seconds) })
  if (seconds < 3600) return say('minutesShort', { n: Math.floor(seconds / 60) })
  if (seconds < 48 * 3600) return say('hoursShort', { n: Math.floor(seconds / 3600) })
  return say('daysShort', { n: Math.floor(seconds / 86400) })
}

/** 14:03:07 @param {string} date */
export const clock = (date) => new Date(date).toLocaleTimeString(isChinese() ? 'zh-CN' : 'en', { hour12: false })
