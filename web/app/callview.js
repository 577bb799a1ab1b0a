import { lineBanner, mediaBanner, summary } from './banner.js'
import { bindChat } from './chatview.js'
import { announce, byId, write } from './dom.js'
import { bindInside } from './inside.js'
import { showSwitch } from './lobby.js'
import { notice } from './notices.js'
import { bindPeople } from './people.js'
import { Quality } from './quality.js'
import { openQuality, showFigures } from './qualityview.js'
import { nameOf } from './session.js'
import { Tiles } from './tiles.js'
import { say, whenSpoken } from './words.js'

const measureEvery = 2000
const listenEvery = 150
const loud = 0.03

/**
 * Shows a call, and has its buttons do what they say.
 * @param {object} parts
 * @param {import('./session.js').Session} parts.session
 * @param {import('./devices.js').Devices} parts.devices
 * @param {import('./tap.js').Tap} parts.tap
 * @param {import('./meter.js').Meter} parts.meter
 * @returns {{ pin: (nth: number) => void, show: () => void }}
 */
export function showCall({ session, devices, tap, meter }) {
  const tiles = new Tiles({
    quality: (key) => openQuality(key, nameByKey(key)),
    silent: () => notice('sound', () => say('sound'), { text: 'soundOn', run: () => tiles.unmute() }),
  })
  const nameByKey = (/** @type {string} */ key) => name(session.others.find((o) => o.key === key)?.member)
  const showPeople = bindPeople(session, name)
  const showInside = bindInside(session, tap, name)
  bindChat(session, name)

  const show = () => {
    const { others } = session
    document.body.toggleAttribute('data-alone', !!session.room.self && !others.length)
    tiles.show([...others.map((other) => shownOther(other, session.observing)), shownSelf(session, devices)])
    tiles.stream('me', session.shown.active ? session.shown : null) // an empty one would hold the page's load event back for ever
    mediaBanner(others, name)
    showSummary(session)
    showButtons(session, devices)
    showPeople()
    showInside()
  }
  session.on('stream', ({ key, stream }) => {
    tiles.stream(key, stream)
    show()
  })
  session.on('change', show)
  session.on('coming', ({ member, came }) => announce(say(came ? 'came' : 'went', { name: name(member) })))
  session.on('back', ({ recovered }) => lineBanner(say(recovered ? 'lineBack' : 'lineBackGap'), 'good', 4000))
  tiles.sound(devices.speaker)
  devices.on('speaker', ({ id }) => tiles.sound(id), { signal: session.signal })
  whenSpoken(show, session.signal)
  const ends = [every(measureEvery, () => void measure(session, tiles)), every(listenEvery, () => listen(session, tiles, meter))]
  session.on('over', () => {
    ends.forEach((end) => end())
    tiles.show([])
  })
  return { pin: (nth) => tiles.pinNth(nth), show }
}

/** @param {import('../sdk/types.js').Member | undefined} member */
const name = (member) => nameOf(member?.profile) || say('guest')

/** @param {string} name */
const initial = (name) => [...name][0].toUpperCase()

/** @param {import('./session.js').Other} other @param {boolean} observing @returns {import('./tiles.js').Shown} */
function shownOther({ key, member, peer }, observing) {
  const { microphone = true, camera = true, screen = false } = member.profile ?? {}
  const silent = observing || member.role === 'observer'
  const state = silent ? 'connected' : (peer?.state ?? 'connecting')
  /** @type {Record<string, import('./words.js').Key>} */
  const notes = { connecting: 'tileConnecting', reconnecting: 'tileLost', failed: 'tileNone' }
  const note = notes[state] ?? (member.suspended ? 'tileSuspended' : member.role === 'observer' ? 'observer' : null)
  return { key, name: name(member), initial: initial(name(member)), me: false, microphone, picture: camera || screen, screen, note: note ? say(note) : '', state }
}

/** @param {import('./session.js').Session} session @param {import('./devices.js').Devices} devices @returns {import('./tiles.js').Shown} */
function shownSelf({ screen, name }, devices) {
  return { key: 'me', name: say('you'), initial: initial(name || say('you')), me: true, microphone: devices.isOn('audio'), picture: devices.isOn('video') || !!screen, screen: !!screen, note: '', state: 'connected' }
}

/** @param {import('./session.js').Session} session */
function showSummary({ online, others, room }) {
  if (!online) summary(say('summaryLost'), 'busy')
  else if (!room.self) summary(say('summaryJoining'), 'busy')
  else if (!others.length) summary(say('summaryAlone'), 'quiet')
  else summary(say('summaryCall', { count: others.length + 1 }), others.every((o) => !o.peer || o.peer.state === 'connected') ? 'good' : 'busy')
}

/** @param {import('./session.js').Session} session @param {import('./devices.js').Devices} devices */
function showButtons(session, devices) {
  showSwitch(byId('microphone'), devices.track('audio'), say('mute'), say('unmute'))
  showSwitch(byId('camera'), devices.track('video'), say('stopCamera'), say('startCamera'))
  const screen = byId('screen')
  screen.ariaPressed = String(!!session.screen)
  screen.ariaLabel = say('share')
  write(/** @type {Element} */ (screen.querySelector('span')), say(session.screen ? 'unshare' : 'share'))
  screen.title = say(session.screen ? 'unshare' : 'share')
  screen.hidden = !navigator.mediaDevices?.getDisplayMedia
}

/** @param {import('./session.js').Session} session @param {Tiles} tiles */
async function measure({ others }, tiles) {
  for (const { key, peer } of others) {
    if (peer?.state !== 'connected') continue
    const figures = await quality.measure(peer.pc)
    tiles.quality(key, figures.level, figures.relayed)
    showFigures(key, figures)
  }
}

const quality = new Quality()

/** @param {import('./session.js').Session} session @param {Tiles} tiles @param {import('./meter.js').Meter} meter */
function listen({ others }, tiles, meter) {
  for (const { key, member, peer } of others) {
    const receiver = peer?.pc.getReceivers().find((r) => r.track.kind === 'audio')
    const [source] = receiver?.getSynchronizationSources() ?? []
    tiles.speaking(key, member.profile?.microphone !== false && (source?.audioLevel ?? 0) > loud)
  }
  tiles.speaking('me', meter.level > 0.45)
}

/** @param {number} ms @param {() => void} run @returns {() => void} */
function every(ms, run) {
  const timer = setInterval(run, ms)
  return () => clearInterval(timer)
}
