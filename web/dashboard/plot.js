/** A plot that moves: lines over the last two minutes, the newest at the right. */

import { make, makeSvg, write } from '../app/dom.js'
import { kept, valueOf } from './samples.js'
import { niceEnd } from './scale.js'
import { say, whenSpoken } from './words.js'

/**
 * @typedef {object} Line
 * @property {string} value its name in a sample
 * @property {import('./words.js').Key} label
 * @property {number} colour 1 to 4
 */

/**
 * @typedef {object} PlotOptions
 * @property {import('./words.js').Key} title
 * @property {Line[]} lines
 * @property {(n: number) => string} show a value
 * @property {number} [least] what the scale reaches at least
 * @property {boolean} [log] powers of ten, from 1
 * @property {boolean} [binary] bytes
 */

const still = matchMedia('(prefers-reduced-motion: reduce)')

export class Plot {
  /** @type {import('./samples.js').Sample[]} */
  #samples = []
  #pointed = -1
  #options
  #paths
  #moving = makeSvg('g')
  #cursor = makeSvg('line', { class: 'cursor', y1: 0, y2: 100, hidden: '' })
  #marks = [make('span'), make('span'), make('span')]
  /** @type {HTMLElement[]} */
  #values
  #when = make('time')

  /** @param {PlotOptions} options */
  constructor(options) {
    this.#options = options
    this.#paths = options.lines.map(({ colour }) => makeSvg('path', { class: 'line', 'data-colour': colour }))
    this.#values = options.lines.map(() => make('b'))
    this.#moving.append(...this.#paths, this.#cursor)
    const svg = makeSvg('svg', { viewBox: `0 0 ${kept - 1} 100`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...[0, 50, 100].map((y) => makeSvg('line', { class: 'grid', x1: 0, x2: kept - 1, y1: y, y2: y })), this.#moving)
    const title = make('h2')
    const names = options.lines.map(() => make('span'))
    const legend = make('ul', { className: 'legend' }, ...options.lines.map(({ colour }, i) => make('li', {}, make('i', { dataset: { colour } }), names[i], this.#values[i])))
    this.element = make('figure', { className: 'card plot' },
      make('figcaption', {}, make('div', { className: 'split' }, title, this.#when), legend),
      make('div', { className: 'area' }, svg, make('div', { className: 'marks', ariaHidden: 'true' }, ...this.#marks)))
    this.element.onpointermove = (e) => this.#point(svg, e)
    this.element.onpointerleave = () => this.#point(svg, null)
    whenSpoken(() => {
      title.textContent = say(options.title)
      options.lines.forEach(({ label }, i) => (names[i].textContent = say(label)))
      this.draw(this.#samples)
    })
  }

  /** @param {import('./samples.js').Sample[]} samples @param {boolean} [fresh] the last one has just come */
  draw(samples, fresh = false) {
    this.#samples = samples
    const end = this.#end()
    this.#options.lines.forEach(({ value }, i) => this.#paths[i].setAttribute('d', this.#path(value, end)))
    const top = this.#options.log ? 10 ** end : end
    const middle = this.#options.log ? 10 ** (end / 2) : end / 2
    ;[top, middle].forEach((n, i) => write(this.#marks[i], this.#options.show(n)))
    write(this.#marks[2], this.#options.log ? '' : this.#options.show(0))
    if (fresh && !still.matches && !document.hidden) this.#moving.animate([{ transform: 'translateX(1px)' }, { transform: 'none' }], { duration: 1000 })
    this.#tell()
  }

  /** The scale's end; its power of ten where that is the scale. */
  #end() {
    let most = this.#options.least ?? 1
    for (const sample of this.#samples) for (const { value } of this.#options.lines) most = Math.max(most, sample[value] || 0)
    return this.#options.log ? 2 * Math.max(Math.ceil(Math.log10(most) / 2), 1) : niceEnd(most, this.#options.binary)
  }

  /** @param {string} value @param {number} end */
  #path(value, end) {
    const first = kept - this.#samples.length
    let path = ''
    let pen = 'M'
    this.#samples.forEach((sample, i) => {
      const n = valueOf(sample, value)
      if (Number.isNaN(n)) return void ((sample.gap || !this.#options.log) && (pen = 'M'))
      const part = this.#options.log ? Math.log10(Math.max(n, 1)) / end : n / end
      path += `${pen}${first + i - 1 + (kept - 1) / kept} ${(100 - 100 * part).toFixed(2)}`
      pen = 'L'
    })
    return path
  }

  /** @param {Element} svg @param {PointerEvent | null} e */
  #point(svg, e) {
    const { left, width } = svg.getBoundingClientRect()
    const at = e ? Math.round(((e.clientX - left) / width) * (kept - 1)) : -1
    const i = at - (kept - this.#samples.length)
    this.#pointed = e && at >= 0 && at < kept && i >= 0 ? i : -1
    this.#cursor.toggleAttribute('hidden', this.#pointed < 0)
    for (const x of ['x1', 'x2']) this.#cursor.setAttribute(x, String(at))
    this.#tell()
  }

  /** Puts figures to the names: those that are pointed at, else the last. */
  #tell() {
    const i = this.#pointed < 0 ? this.#samples.length - 1 : this.#pointed
    const sample = this.#samples[i]
    this.#options.lines.forEach(({ value }, n) => write(this.#values[n], Number.isNaN(valueOf(sample, value)) ? '–' : this.#options.show(sample[value])))
    write(this.#when, this.#pointed < 0 ? say('window') : say('ago', { seconds: this.#samples.length - 1 - i }))
  }
}

/** A line without a scale, for a figure. */
export class Spark {
  #line = makeSvg('path', { class: 'line' })
  #under = makeSvg('path', { class: 'under' })
  element = makeSvg('svg', { class: 'spark', viewBox: '0 0 59 24', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.#under, this.#line)

  /** @param {import('./samples.js').Sample[]} samples @param {string} name of the value */
  draw(samples, name) {
    const last = samples.slice(-60)
    const most = Math.max(...last.map((sample) => sample[name] || 0), 1e-9)
    /** @type {string[][]} what is looked at without a gap */
    const runs = [[]]
    last.forEach((sample, i) => {
      if (sample.gap) runs.push([])
      else runs.at(-1)?.push(`${60 - last.length + i} ${(22 - (20 * (sample[name] || 0)) / most).toFixed(1)}`)
    })
    const lines = runs.filter((points) => points.length > 1)
    this.#line.setAttribute('d', lines.map((points) => `M${points.join('L')}`).join(''))
    this.#under.setAttribute('d', lines.map((points) => `M${points[0].split(' ')[0]} 24L${points.join('L')}L${points[points.length - 1].split(' ')[0]} 24Z`).join(''))
  }
}
