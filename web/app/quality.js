/**
 * @typedef {object} Figures of one connection, over the last interval.
 * @property {number | null} rtt milliseconds
 * @property {number | null} loss of what comes in, 0–1
 * @property {number | null} lossThere of what goes out, as the other side tells, 0–1
 * @property {number} fps
 * @property {string} size of the picture, "1280×720"
 * @property {string} codecs
 * @property {number} inRate bits a second
 * @property {number} outRate
 * @property {string} local type of candidate
 * @property {string} remote
 * @property {string} protocol
 * @property {boolean} relayed
 * @property {0 | 1 | 2 | 3} level unknown, poor, fair, good
 */

/** @typedef {{ at: number, received: number, lost: number, bytesIn: number, bytesOut: number }} Count */

/** Measures connections again and again. */
export class Quality {
  /** @type {WeakMap<RTCPeerConnection, Count>} */
  #before = new WeakMap()

  /** @param {RTCPeerConnection} pc @returns {Promise<Figures>} */
  async measure(pc) {
    /** @type {any[]} */
    const stats = [...(await pc.getStats()).values()]
    const byId = new Map(stats.map((s) => [s.id, s]))
    const of = (/** @type {string} */ type) => stats.filter((s) => s.type === type)
    const sum = (/** @type {any[]} */ list, /** @type {string} */ field) => list.reduce((n, s) => n + (s[field] ?? 0), 0)
    const inbound = of('inbound-rtp')
    const video = inbound.find((s) => s.kind === 'video')
    const pair = byId.get(of('transport')[0]?.selectedCandidatePairId) ?? of('candidate-pair').find((s) => s.nominated && s.state === 'succeeded')
    const local = byId.get(pair?.localCandidateId)
    const remote = byId.get(pair?.remoteCandidateId)
    const now = { at: performance.now(), received: sum(inbound, 'packetsReceived'), lost: sum(inbound, 'packetsLost'), bytesIn: sum(inbound, 'bytesReceived'), bytesOut: sum(of('outbound-rtp'), 'bytesSent') }
    const before = this.#before.get(pc)
    this.#before.set(pc, now)
    const seconds = before ? (now.at - before.at) / 1000 : 0
    const packets = before ? now.received + now.lost - before.received - before.lost : 0
    const rtt = pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000
    const loss = before && packets > 0 ? Math.max(0, now.lost - before.lost) / packets : null
    const there = of('remote-inbound-rtp').map((s) => s.fractionLost ?? 0)
    const relayed = local?.candidateType === 'relay' || remote?.candidateType === 'relay'
    return {
      rtt, loss, relayed,
      lossThere: there.length ? Math.max(...there) : null,
      fps: video?.framesPerSecond ?? 0,
      size: video?.frameWidth ? `${video.frameWidth}×${video.frameHeight}` : '',
      codecs: inbound.map((s) => byId.get(s.codecId)?.mimeType?.split('/')[1]).filter(Boolean).join(', '),
      inRate: before ? ((now.bytesIn - before.bytesIn) * 8) / seconds : 0,
      outRate: before ? ((now.bytesOut - before.bytesOut) * 8) / seconds : 0,
      local: local?.candidateType ?? '', remote: remote?.candidateType ?? '',
      protocol: (local?.relayProtocol ?? local?.protocol ?? '').toUpperCase(),
      level: pair ? level(rtt, loss) : 0,
    }
  }
}

/** @param {number | null} rtt @param {number | null} loss */
function level(rtt, loss) {
  if ((loss ?? 0) > 0.08 || (rtt ?? 0) > 500) return 1
  return (loss ?? 0) > 0.02 || (rtt ?? 0) > 200 ? 2 : 3
}
