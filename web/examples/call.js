import { connect } from '../sdk/parley.js'
import { Mesh } from '../sdk/webrtc.js'

const [grid] = document.querySelectorAll('main div'), [status] = document.getElementsByTagName('output'), [form] = document.forms

/** @param {string} name @param {MediaStream | null} [stream] */
function tile(name, stream = null) {
  const figure = grid.appendChild(document.createElement('figure'))
  const video = Object.assign(document.createElement('video'), { autoplay: true, playsInline: true, srcObject: stream })
  const caption = Object.assign(document.createElement('figcaption'), { textContent: name })
  figure.append(video, caption)
  return { figure, video, caption }
}

form.addEventListener('submit', async (e) => {
  e.preventDefault()
  form.remove()
  const name = String(new FormData(form).get('name'))
  const stream = await navigator.mediaDevices?.getUserMedia({ audio: true, video: true }).catch(() => null)
  tile(`${name} (you)`, stream).video.muted = true

  const client = connect('../ws')
  const room = client.room(new URLSearchParams(location.search).get('room') ?? 'call')
  const mesh = new Mesh(room, { stream })
  const tiles = new Map()
  mesh.on('peer', ({ peer }) => tiles.set(peer, tile(peer.member.profile.name)))
  mesh.on('track', ({ peer, streams }) => (tiles.get(peer).video.srcObject = streams[0]))
  mesh.on('state', ({ peer, state }) => (tiles.get(peer).caption.textContent = `${peer.member.profile.name} · ${state}`))
  mesh.on('gone', ({ peer }) => tiles.get(peer).figure.remove())
  client.on('state', ({ state }) => (status.textContent = state))
  addEventListener('pagehide', () => client.close())
  await room.join({ profile: { name, person: crypto.randomUUID() }, timeout: 0 })
})
