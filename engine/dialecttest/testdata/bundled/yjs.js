/* What the y-webrtc tests do in a page. The clients are yjs and y-webrtc as they come from npm. */
import { WebrtcProvider } from 'y-webrtc'
import * as Y from 'yjs'

const doc = new Y.Doc()
/** @type {WebrtcProvider} */
let provider

/**
 * Shares the page's document under a name, and returns once the signaling at url has brought
 * back what the page said to all: who comes after it calls no one who is just calling.
 *
 * For y-webrtc may lose two that call each other (10.3.0, y-webrtc.js). Its tie-break is the time of
 * one's own offer (glareToken), and is not known before that has been made: who gets the other's
 * offer until then takes it, and then sends its own all the same. Should one of the two connections
 * fail over that, its page announces itself again, and the other one, which still has the old
 * connection, pays no heed (setIfUndefined): seen once in a few tries with both pages slowed down 25
 * times. No server can help them.
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
