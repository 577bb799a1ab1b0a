/** A call between two members in one page that may go over relays only. */

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
 * Says hello over a data channel and returns the paths of both sides.
 * @param {string} name of the room
 * @param {RegExp} wanted what the URLs of the servers must look like
 */
export async function call(name, wanted) {
  const clients = [connect('/ws'), connect('/ws')]
  const older = await clients[0].join(name)
  const peering = new Promise((resolve) => older.on('member', ({ change, member }) => {
    if (change === 'joined') resolve(new Peer(older, member, configured(clients[0], wanted)))
  }))
  const newer = await clients[1].join(name)
  const peers = [await peering, new Peer(newer, [...newer.members.values()][0], configured(clients[1], wanted))]
  const heard = new Promise((resolve) => peers[0].on('datachannel', ({ channel }) => (channel.onmessage = (e) => resolve(e.data))))
  const channel = peers[1].pc.createDataChannel('chat')
  channel.onopen = () => channel.send('hello')
  await until(() => peers.every(({ state }) => state === 'connected'))
  const result = { heard: await heard, paths: await Promise.all(peers.map(({ pc }) => path(pc))) }
  for (const { pc } of peers) pc.close()
  return result
}

const configured = (client, wanted) => ({
  receive: [],
  configuration: { iceTransportPolicy: 'relay', iceServers: some(client.iceServers, wanted) },
})
