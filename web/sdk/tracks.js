/** What is sent over one peer connection, track by track. */
export class Tracks {
  #pc
  /** @type {Map<MediaStreamTrack, RTCRtpSender>} */
  #senders = new Map()

  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    this.#pc = pc
  }

  /**
   * Sends a track, in the place of one that was removed where there is such a place: what a
   * session description has got it keeps for ever, and would grow.
   * @param {MediaStreamTrack} track
   * @param {MediaStream[]} streams
   */
  add(track, streams) {
    if (this.#senders.has(track)) return
    const place = this.#vacant(track.kind)
    if (!place) return void this.#senders.set(track, this.#pc.addTrack(track, ...streams))
    const { sender } = place
    this.#senders.set(track, sender)
    sender.setStreams(...streams)
    place.direction = place.direction === 'recvonly' ? 'sendrecv' : 'sendonly'
    void sender.replaceTrack(track)
  }

  /** @param {MediaStreamTrack} track */
  remove(track) {
    const sender = this.#take(track)
    if (sender) this.#pc.removeTrack(sender)
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {MediaStreamTrack | null} by
   */
  async replace(track, by) {
    const sender = this.#senders.get(track)
    if (!sender) throw new Error('this track is not being sent')
    await sender.replaceTrack(by)
    if (!by) return
    this.#senders.delete(track)
    this.#senders.set(by, sender)
  }

  /** @param {MediaStreamTrack} track */
  #take(track) {
    const sender = this.#senders.get(track)
    this.#senders.delete(track)
    return sender
  }

  /** @param {string} kind */
  #vacant(kind) {
    const taken = new Set(this.#senders.values())
    return this.#pc.getTransceivers().find(({ sender, receiver, direction }) =>
      receiver.track.kind === kind && !taken.has(sender) && sender.track === null && (direction === 'recvonly' || direction === 'inactive'))
  }
}
