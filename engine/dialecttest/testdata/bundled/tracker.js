/* What the tracker tests do in a page. The client is bittorrent-tracker's as it comes from npm. */
import Client from 'bittorrent-tracker'

const infoHash = 'a1'.repeat(20)

/** @type {Client} */
let client
/** What the first other peer has said. */
let heard
/** What the client warns of and fails with. */
const complaints = []

/** Waits for the client's next event of that name. */
const next = (name) => new Promise((resolve) => client.once(name, resolve))

/** What is worth comparing of an update or a scrape. */
const counts = ({ complete, incomplete, downloaded }) => [complete, incomplete, downloaded ?? 0]

/** Starts a peer that says text to every other one; returns the counts. */
async function start(path, left, text) {
  const peerId = [...crypto.getRandomValues(new Uint8Array(20))].map((b) => b.toString(16).padStart(2, '0')).join('')
  const url = location.origin.replace('http', 'ws') + path
  client = new Client({ infoHash, peerId, announce: [url], port: 6881, rtcConfig: { iceServers: [] } })
  client.on('error', (e) => complaints.push(String(e)))
  client.on('warning', (e) => complaints.push(String(e)))
  heard = new Promise((resolve) => {
    client.on('peer', (peer) => {
      peer.on('data', (data) => resolve(new TextDecoder().decode(data)))
      peer.once('connect', () => peer.send(text))
      peer.on('error', () => {}) // of the offers that nobody takes
    })
  })
  const updated = next('update')
  client.start({ left })
  return counts(await updated)
}

/** Announces again, and returns the counts. */
async function announce(how, options) {
  const updated = next('update')
  client[how](options)
  return counts(await updated)
}

async function scrape() {
  const scraped = next('scrape')
  client.scrape()
  const { infoHash: about, ...files } = await scraped
  return [about === infoHash, ...counts(files)]
}

Object.assign(window, { start, announce, scrape, hear: () => heard, complaints: () => complaints })
