/** Calls between two members in one page that may go over relays only. */

import { connect } from '/sdk/parley.js'
import { Peer } from '/sdk/peer.js'

const until = async (condition) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/**
 * The servers that the engine told of, without those that are not wanted here.
 * @param {RTCIceServer[]} servers
 * @param {RegExp} wanted what a URL must look like
 */
const some = (servers, wanted) =>
  servers.map((server) => ({ ...server, urls: server.urls.filter((url) => wanted.test(url)) }))
    .filter(({ urls }) => urls.length > 0)

/** The kinds of both ends of the path in use, and what the near one speaks to its relay. */
async function path(pc) {
  const stats = await pc.getStats()
  const { selectedCandidatePairId } = [...stats.values()].find(({ type }) => type === 'transport')
  const pair = stats.get(selectedCandidatePairId)
  const [local, remote] = [stats.get(pair.localCandidateId), stats.get(pair.remoteCandidateId)]
  return [local.candidateType, remote.candidateType, local.relayProtocol]
}

/**
 * Two who are connected, with a channel from the newer to the older one.
 * @param {string} name of the room
 * @param {(client: object) => RTCConfiguration} configuration
 */
async function pair(name, configuration) {
  const clients = [connect('/ws'), connect('/ws')]
  const peer = (client, room, member) => new Peer(room, member, { receive: [], configuration: { iceTransportPolicy: 'relay', ...configuration(client) } })
  const older = await clients[0].join(name)
  const peering = new Promise((resolve) => older.on('member', ({ change, member }) => change === 'joined' && resolve(peer(clients[0], older, member))))
  const newer = await clients[1].join(name)
  const peers = [await peering, peer(clients[1], newer, [...newer.members.values()][0])]
  const listening = new Promise((resolve) => peers[0].on('datachannel', ({ channel }) => resolve(channel)))
  const channel = peers[1].pc.createDataChannel('chat')
  await until(() => peers.every(({ state }) => state === 'connected') && channel.readyState === 'open')
  return { clients, peers, channel, there: await listening }
}

/** What arrives of a text. */
async function say({ channel, there }, text) {
  const heard = new Promise((resolve) => (there.onmessage = (e) => resolve(e.data)))
  channel.send(text)
  return heard
}

/**
 * Says hello over a data channel and returns the paths of both sides.
 * @param {string} name of the room
 * @param {RegExp} wanted what the URLs of the servers must look like
 */
export async function call(name, wanted) {
  const { peers, ...call } = await pair(name, ({ iceServers }) => ({ iceServers: some(iceServers, wanted) }))
  const result = { heard: await say(call, 'hello'), paths: await Promise.all(peers.map(({ pc }) => path(pc))) }
  for (const { pc } of peers) pc.close()
  return result
}

/** The username for TURN in a list of servers. */
const user = (servers) => servers.find(({ username }) => username).username

/** Whether the servers give anybody a relayed address. */
async function relays(iceServers) {
  const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
  pc.createDataChannel('x')
  let found = false
  pc.onicecandidate = ({ candidate }) => (found ||= !!candidate?.candidate.includes('typ relay'))
  await pc.setLocalDescription()
  await until(() => pc.iceGatheringState === 'complete')
  pc.close()
  return found
}

/**
 * A call that outlasts the credentials with which it was begun: once those have run out its ICE
 * is restarted, which wants new ones.
 * @param {string} name of the room
 */
export async function outlast(name) {
  const { clients, peers, ...call } = await pair(name, () => ({}))
  const users = () => peers.map(({ pc }) => user(pc.getConfiguration().iceServers))
  const credentials = () => peers.map(({ pc }) => /ice-ufrag:(.*)/.exec(pc.localDescription.sdp)[1])
  const [first, before, began] = [clients[0].iceServers, credentials(), users()]
  const ends = Math.max(...began.map((u) => parseInt(u))) * 1000
  await until(() => Date.now() > ends + 1000 && users().every((u, i) => u !== began[i]))
  const old = { heard: await say(call, 'still'), relays: await relays(first) }
  peers[1].restartIce()
  await until(() => peers.every(({ state, pc }, i) => state === 'connected' && pc.signalingState === 'stable' && pc.iceConnectionState === 'connected' && credentials()[i] !== before[i]))
  await until(async () => (await Promise.all(peers.map(({ pc }) => fresh(pc)))).every(Boolean))
  return { old, heard: await say(call, 'again'), paths: await Promise.all(peers.map(({ pc }) => path(pc))) }
}

/** Whether there is a path through relays that were opened after the last ICE restart, at both ends. Chromium may leave the old one in use. */
async function fresh(pc) {
  const stats = await pc.getStats()
  const of = (description) => /ice-ufrag:(\S+)/.exec(description.sdp)[1]
  return [...stats.values()].some(({ type, state, localCandidateId, remoteCandidateId }) =>
    type === 'candidate-pair' && state === 'succeeded' &&
    stats.get(localCandidateId)?.usernameFragment === of(pc.localDescription) && stats.get(remoteCandidateId)?.usernameFragment === of(pc.remoteDescription))
}
