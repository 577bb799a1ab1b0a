/** The operators' page: which view is shown, the line to the engine, and the way in. */

import { byId, write } from '../app/dom.js'
import { Refused, live, setToken, token } from './engine.js'
import { span } from './numbers.js'
import { drawOverview } from './overview.js'
import { bindRooms, refreshRooms } from './roomlist.js'
import { bindRoom, openRoom, refreshRoom } from './roomview.js'
import { Samples } from './samples.js'
import { say, sayOr, switchLanguage, isChinese, whenSpoken } from './words.js'

const samples = new Samples()
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
    drawOverview(samples)
  }
  title()
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

/** @param {'line' | 'view'} of @param {unknown} error null: all is well */
function failed(of, error) {
  if (!error) return complain(of, () => '')
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

/** @param {import('./samples.js').Snapshot} s */
function arrived(s) {
  samples.add(s)
  complain('line', () => '')
  if (shown() === 'wait' || shown() === 'login') route(shown() === 'login')
  else if (shown() === 'overview') drawOverview(samples)
  node()
  const even = samples.list.length % 2 === 0
  if (even && shown() === 'rooms') void refreshRooms()
  if (even && shown() === 'room') void refreshRoom()
}

function node() {
  const { last } = samples
  if (!last) return
  byId('node').dataset.state = last.state
  write(byId('node-state'), sayOr(last.state, last.state))
  write(byId('node-more'), say('up', { version: last.version || 'Parley', time: span((last.at - last.started) / 1000) }))
}

/** Follows the engine until signed out; a line that breaks is made again, later each time. */
async function follow() {
  running.abort()
  running = new AbortController()
  const { signal } = running
  for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 8000)) {
    try {
      for await (const snapshot of live(signal)) {
        pause = 500
        byId('sign-out').hidden = !token()
        arrived(snapshot)
      }
      if (!signal.aborted) complain('line', () => say('noAnswer'))
    } catch (error) {
      if (!signal.aborted) failed('line', error)
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
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
whenSpoken(() => {
  const toggle = byId('language')
  toggle.textContent = isChinese() ? 'English' : '中文'
  toggle.lang = isChinese() ? 'en' : 'zh'
  write(byId('banner'), trouble.line() || trouble.view())
  title()
  node()
  if (shown() === 'overview') drawOverview(samples)
})
addEventListener('hashchange', () => shown() !== 'login' && route())
addEventListener('resize', () => shown() === 'overview' && drawOverview(samples))
void follow()
