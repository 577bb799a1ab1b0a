import { connect } from '../sdk/parley.js'
import { Call } from './call.js'
import { roomLink, roomName } from './link.js'
import { openDevices } from './media.js'
import { controls, showCall, showLink, showLocal, showOver, showProblem, showRemote, showStatus } from './view.js'
import { words } from './words.js'

const name = roomName()
const call = new Call(connect(new URL('ws', document.baseURI)), name)
/** @type {MediaStream | null} */
let stream = null
let over = false

call.on('state', showCall)
call.on('remote', ({ stream }) => showRemote(stream))
call.on('over', ({ reason, text }) => {
  over = true
  stream?.getTracks().forEach((track) => track.stop())
  showLocal(null)
  showOver(reason, text)
})

/** Has devices opened, or says why not. */
async function useDevices() {
  const { stream: opened, problem } = await openDevices()
  if (over) return opened?.getTracks().forEach((track) => track.stop())
  stream = opened
  showLocal(stream)
  if (problem) showProblem(problem, retryDevices)
}

async function retryDevices() {
  await useDevices()
  if (stream) call.use(stream)
}

/** @param {'audio' | 'video'} kind */
function toggle(kind) {
  for (const track of stream?.getTracks() ?? []) if (track.kind === kind) track.enabled = !track.enabled
  showLocal(stream)
  call.announce()
}

controls.microphone.onclick = () => toggle('audio')
controls.camera.onclick = () => toggle('video')
controls.hangUp.onclick = () => call.hangUp()
controls.again.onclick = () => location.reload()
// A page that goes away would hold its place for half a minute; one that comes back from the cache starts anew.
addEventListener('pagehide', () => call.hangUp())
addEventListener('pageshow', (e) => e.persisted && location.reload())

showLink(roomLink(name))
showStatus(words.asking, 'busy')
await useDevices()
if (!over) await call.start(stream)
