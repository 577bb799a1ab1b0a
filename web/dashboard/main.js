/** The operators' page: which view is shown, the line to the engine, and the way in. */

import { byId, write } from '../app/dom.js'
import { bindQuestions } from './ask.js'
import { Cluster } from './cluster.js'
import { drawEngine } from './drain.js'
import { Refused, live, setToken, token } from './engine.js'
import { bindEngines, drawEngines, drawHead, viewOf } from './engines.js'
import { drawOverview } from './overview.js'
import { bindRooms, refreshRooms } from './roomlist.js'
import { bindRoom, openRoom, refreshRoom } from './roomview.js'
import { say, switchLanguage, isChinese, whenSpoken } from './words.js'

const cluster = new Cluster()
/** What to say above everything: of the line to the engine, and of what is looked at. */
const trouble = { line: () => '', view: () => '' }
let running = new AbortController()

/** @typedef {'wait' | 'login' | 'overview' | 'rooms' | 'room'} View */

/** @returns {View} */
const shown = () => /** @type {View} */ (document.body.dataset.view)

/** @param {View} to @param {boolean} [focus] */
function show(to, focus = true) {
  const from = shown()
  document.body.dataset.view = to
  for (const link of document.querySelectorAll('nav a')) {
    const here = /** @type {HTMLElement} */ (link).dataset.to === (to === 'room' ? 'rooms' : to)
    if (here) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
  if (focus && from !== to) byId(to === 'login' ? 'token' : `${to}-title`).focus({ preventScroll: true })
  scrollTo(0, 0)
}

/** Shows what the address says. @param {boolean} [focus] */
function route(focus = true) {
  complain('view', () => '')
  const [, view, namespace, name] = location.hash.split('/')
  if (view === 'room' && name) {
    show('room', focus)
    openRoom(decodeURIComponent(namespace), decodeURIComponent(name))
  } else if (view === 'rooms') {
    show('rooms', focus)
    void refreshRooms()
  } else {
    show('overview', focus)
    overview()
  }
  title()
}

/** @param {boolean} [fresh] a picture has just come */
function overview(fresh) {
  drawEngines(cluster)
  drawOverview(viewOf(cluster), fresh)
  drawEngine(cluster)
}

function title() {
  const [, view, , name] = location.hash.split('/')
  const what = name ? decodeURIComponent(name) : say(view === 'rooms' ? 'rooms' : 'overview')
  document.title = `${what} – Parley`
}

/** @param {'line' | 'view'} of @param {() => string} words */
function complain(of, words) {
  trouble[of] = words
  write(byId('banner'), trouble.line() || trouble.view())
}

/** Whether the engine tells what goes on. */
let told = false

/** Says in the head how the engines are, as far as that is known. @param {boolean} [known] */
function head(known = told) {
  told = known
  drawHead(cluster)
  if (told) return
  byId('node').dataset.state = 'gone'
  write(byId('node-state'), say('gone'))
}

/** @param {'line' | 'view'} of @param {unknown} error null: all is well */
function failed(of, error) {
  if (!error) return complain(of, () => '')
  if (of === 'line') head(false)
  if (error instanceof Refused && error.status === 401) return signIn()
  if (error instanceof Refused && error.status === 503 && of === 'line') return complain(of, () => say('busyViewers'))
  if (error instanceof Refused) return complain(of, () => say('refused', { text: error.message }))
  complain(of, () => say('noAnswer'))
}

/** @param {unknown} error null: all is well */
const viewFailed = (error) => failed('view', error)

/** Asks for the token: there is none, or not the right one. */
function signIn() {
  running.abort()
  complain('line', () => '')
  complain('view', () => '')
  write(byId('login-problem'), token() ? say('wrongToken') : '')
  setToken('')
  show('login')
}

let arrivals = 0

/** @param {import('./samples.js').Picture} picture */
function arrived(picture) {
  cluster.add(picture)
  complain('line', () => missing(picture.unreachable))
  if (shown() === 'wait' || shown() === 'login') route(shown() === 'login')
  else if (shown() === 'overview') overview(true)
  head(true)
  const even = ++arrivals % 2 === 0
  if (even && shown() === 'rooms') void refreshRooms()
  if (even && shown() === 'room') void refreshRoom()
}

/** @param {string[]} unreachable */
const missing = (unreachable) => (unreachable.length ? say('unreachable', { names: unreachable.map((id) => cluster.nameOf(id)).join(', ') }) : '')

/** Follows the engine until signed out; a line that breaks is made again, later each time. */
async function follow() {
  running.abort()
  running = new AbortController()
  const { signal } = running
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 8000)) {
    try {
      for await (const picture of live(signal)) {
        if (signal.aborted) return
        pause = 500
        byId('sign-out').hidden = !token()
        arrived(picture)
      }
      if (!signal.aborted) failed('line', new TypeError('the stream has ended'))
    } catch (error) {
      if (!signal.aborted) failed('line', error)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** How long nobody may look before the engine is asked for no more, in ms. */
const unlooked = 5000
let leaving = 0
let away = false

/** A page that nobody sees costs the engine nothing. */
function lookAway() {
  clearTimeout(leaving)
  if (document.hidden) {
    leaving = window.setTimeout(() => {
      away = shown() !== 'login'
      running.abort()
    }, unlooked)
  } else if (away) {
    away = false
    void follow()
  }
}

/** Light, dark, the system's. */
function nextTheme() {
  const root = document.documentElement
  const themes = ['light', 'dark', '']
  const next = themes[(themes.indexOf(root.dataset.theme ?? '') + 1) % themes.length]
  localStorage.setItem('parley:theme', next)
  if (next) root.dataset.theme = next
  else delete root.dataset.theme
}

byId('theme').onclick = nextTheme
byId('language').onclick = switchLanguage
byId('sign-out').onclick = () => {
  setToken('')
  location.reload() // nothing that was shown stays
}
byId('sign-in').onsubmit = (e) => {
  e.preventDefault()
  /** @type {HTMLInputElement} */
  const field = byId('token')
  setToken(field.value.trim())
  field.value = ''
  void follow()
}
bindRooms(viewFailed)
bindRoom(viewFailed)
bindQuestions(viewFailed)
bindEngines(() => {
  overview()
  head()
})
whenSpoken(() => {
  const toggle = byId('language')
  toggle.textContent = isChinese() ? 'English' : '中文'
  toggle.lang = isChinese() ? 'en' : 'zh'
  write(byId('banner'), trouble.line() || trouble.view())
  title()
  head()
  if (shown() === 'overview') overview()
})
addEventListener('hashchange', () => shown() !== 'login' && route())
addEventListener('resize', () => shown() === 'overview' && overview())
document.addEventListener('visibilitychange', lookAway)
lookAway()
void follow()
