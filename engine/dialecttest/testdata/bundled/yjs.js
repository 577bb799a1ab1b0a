/* What the y-webrtc tests do in a page. The clients are yjs and y-webrtc as they come from npm. */
import { WebrtcProvider } from 'y-webrtc'
import * as Y from 'yjs'

const doc = new Y.Doc()
/** @type {WebrtcProvider} */
let provider

/**
 * Shares the page's document under a name, and returns once the signaling at url has brought
 * back what the page said to all: who comes after it calls no one who is just calling.
 */
async function share(url, name, password) {
  if (url.startsWith('/')) url = location.origin.replace('http', 'ws') + url
  provider = new WebrtcProvider(name, doc, { signaling: [url], password, peerOpts: { config: { iceServers: [] } } })
  const [signaling] = provider.signalingConns
  await new Promise((resolve) => signaling.on('message', ({ type }) => type === 'publish' && resolve()))
}

function set(key, value) {
  doc.getMap('m').set(key, value)
}

/** Returns the document once it has as many entries. */
async function entries(n) {
  const map = doc.getMap('m')
  while (map.size < n) await new Promise((resolve) => map.observe(resolve))
  return map.toJSON()
}

/** How many others there are: over WebRTC, and over BroadcastChannel. */
function others() {
  const { webrtcConns, bcConns } = provider.room
  return [[...webrtcConns.values()].filter((c) => c.connected).length, bcConns.size]
}

Object.assign(window, { share, set, entries, others })
