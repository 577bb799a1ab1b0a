import { byId, icon, make, write } from './dom.js'
import { fit, strip } from './grid.js'
import { say } from './words.js'

/**
 * @typedef {object} Shown What a tile shows of a person.
 * @property {string} key
 * @property {string} name
 * @property {string} initial of the name, for a tile without a picture
 * @property {boolean} me
 * @property {boolean} microphone
 * @property {boolean} picture camera or screen
 * @property {boolean} screen
 * @property {string} note what is wrong; may be empty
 * @property {string} state of the connection
 */

const gap = 8

/** The tiles of a call, by person. */
export class Tiles {
  #stage = byId('tiles')
  /** @type {Map<string, Tile>} */
  #tiles = new Map()
  /** @type {string | null} */
  #pinned = null
  /** @type {string | null} a screen, which is large unless one is pinned */
  #screen = null

  #speaker = ''

  /** @param {{ quality: (key: string) => void, silent: () => void }} ask */
  constructor(ask) {
    this.ask = ask
    new ResizeObserver(() => this.#layout()).observe(this.#stage)
  }

  /** @param {Shown[]} people oneself last */
  show(people) {
    for (const [key, tile] of this.#tiles) {
      if (people.some((p) => p.key === key)) continue
      tile.element.remove()
      this.#tiles.delete(key)
    }
    for (const person of people) this.#tile(person.key).show(person)
    this.#screen = people.find((p) => p.screen && !p.me)?.key ?? null
    people.forEach(({ key }, i) => {
      const { element } = this.#tile(key)
      if (this.#stage.children[i] !== element) this.#stage.insertBefore(element, this.#stage.children[i] ?? null)
    })
    this.#layout()
  }

  /** @param {string} key @param {MediaStream | null} stream */
  stream(key, stream) {
    if (stream) this.#tile(key).play(stream, this.ask.silent)
    else this.#tiles.get(key)?.play(null, this.ask.silent)
  }

  /** @param {string} key @param {boolean} speaking */
  speaking(key, speaking) {
    this.#tiles.get(key)?.element.toggleAttribute('data-speaking', speaking)
  }

  /** @param {string} key @param {number} level 0–3 @param {boolean} relayed */
  quality(key, level, relayed) {
    this.#tiles.get(key)?.quality(level, relayed)
  }

  /** Where the others sound. @param {string} id of a loudspeaker; '': the system's own */
  sound(id) {
    this.#speaker = id
    for (const tile of this.#tiles.values()) tile.sound(id)
  }

  unmute() {
    for (const { video, element } of this.#tiles.values()) if (!('me' in element.dataset)) video.muted = false
  }

  /** The n-th tile, from 0, or it no more. @param {number} n */
  pinNth(n) {
    const tile = [...this.#tiles.values()].find(({ element }) => element === this.#stage.children[n])
    if (tile) this.#pin(tile.key)
  }

  /** @param {string} key */
  #pin(key) {
    this.#pinned = this.#pinned === key ? null : key
    this.#layout()
  }

  /** @param {string} key */
  #tile(key) {
    let tile = this.#tiles.get(key)
    if (tile) return tile
    this.#tiles.set(key, (tile = new Tile(key, () => this.#pin(key), () => this.ask.quality(key))))
    if (this.#speaker) tile.sound(this.#speaker)
    return tile
  }

  #layout() {
    const { clientWidth: width, clientHeight: height } = this.#stage
    if (this.#pinned && !this.#tiles.has(this.#pinned)) this.#pinned = null
    const large = this.#tiles.get(this.#pinned ?? this.#screen ?? '')
    const n = this.#tiles.size
    const size = large ? strip(n - 1, width, height, gap) : fit(n, width, height, gap)
    this.#stage.style.setProperty('--width', `${size.width}px`)
    this.#stage.style.setProperty('--height', `${size.height}px`)
    for (const tile of this.#tiles.values()) {
      const whole = tile === large
      tile.pin.ariaPressed = String(tile.key === this.#pinned)
      tile.element.style.order = whole ? '-1' : ''
      tile.element.style.width = whole ? '100%' : ''
      tile.element.style.height = whole && 'large' in size ? `${size.large}px` : ''
      if (whole) tile.element.dataset.shape = 'whole'
      else delete tile.element.dataset.shape
    }
  }
}

/** One person's tile. */
class Tile {
  video = make('video', { autoplay: true, playsInline: true, hidden: true })
  #avatar = make('div', { className: 'avatar', ariaHidden: 'true' })
  #name = make('span')
  #off = icon('mic')
  #note = make('p', { className: 'tile-note' })
  #relayed = make('p', { className: 'relayed', hidden: true })
  #bars = make('button', { className: 'glass round', type: 'button', hidden: true }, make('span', { className: 'bars' }, make('i'), make('i'), make('i')))
  pin = make('button', { className: 'glass round pin', type: 'button' }, icon('pin'))
  #level = 0

  /** @param {string} key @param {() => void} pin @param {() => void} quality */
  constructor(key, pin, quality) {
    this.key = key
    const plate = make('p', { className: 'plate' }, this.#name, this.#off)
    this.element = make('article', { className: 'tile', dataset: { person: key } }, this.#avatar, this.video, plate, this.#note, this.#relayed,
      make('div', { className: 'tile-bar' }, this.pin, this.#bars))
    this.pin.onclick = this.element.ondblclick = pin
    this.#bars.onclick = quality
  }

  /** @param {Shown} person */
  show({ name, initial, me, microphone, picture, screen, note, state }) {
    const { element, video } = this
    if (me) element.dataset.me = ''
    element.dataset.state = state
    write(this.#name, screen ? say('tileScreen', { name }) : name)
    write(this.#avatar, initial)
    write(this.#note, note)
    this.#off.toggleAttribute('hidden', microphone)
    this.#off.setAttribute('aria-label', say('micOff'))
    video.hidden = !picture || !video.srcObject || (!video.videoWidth && state !== 'connected') // a way is only being looked for
    video.ariaLabel = element.ariaLabel = name
    video.toggleAttribute('data-screen', screen)
    if (me) video.muted = true
    this.pin.ariaLabel = this.pin.title = say('pin', { name })
    this.#bars.hidden = me
    write(this.#relayed, say('relayed'))
    this.#label(name)
  }

  /** @param {MediaStream | null} stream @param {() => void} silent the browser wants a click before it sounds */
  play(stream, silent) {
    const { video } = this
    if (video.srcObject === stream) return
    video.srcObject = stream
    if (!stream) return void (video.hidden = true)
    if ('me' in this.element.dataset) video.muted = true
    else video.requestVideoFrameCallback?.(() => performance.mark('parley:first-frame'))
    video.play().catch((error) => {
      if (error.name !== 'NotAllowedError') return
      video.muted = true
      video.play().catch(() => {})
      silent()
    })
  }

  /** @param {string} speaker id; one that is not there any more leaves it with the system's own */
  sound(speaker) {
    this.video.setSinkId?.(speaker).catch(() => speaker && this.sound(''))
  }

  /** @param {number} level @param {boolean} relayed */
  quality(level, relayed) {
    this.#level = level
    this.#relayed.hidden = !relayed
    this.#label(this.#name.textContent ?? '')
  }

  /** @param {string} name */
  #label(name) {
    const level = say(/** @type {import('./words.js').Key} */ (`level${this.#level}`))
    this.#bars.dataset.quality = String(this.#level)
    this.#bars.ariaLabel = this.#bars.title = say('quality', { name, level })
  }
}
