/** Whether a candidate, or a line of a description, leads through a TURN server. @param {string} text */
const throughRelay = (text) => / typ relay\b/.test(text)

/**
 * A connection that, told to relay, does so whatever the other side offers. By itself Chromium
 * gathers nothing else then, but still tries the other side's straight addresses.
 */
export class RelayConnection extends RTCPeerConnection {
  get #forced() {
    return this.getConfiguration().iceTransportPolicy === 'relay'
  }

  /** @param {any} candidate null ends them */
  addIceCandidate(candidate) {
    const straight = candidate?.candidate && !throughRelay(candidate.candidate)
    return this.#forced && straight ? Promise.resolve() : super.addIceCandidate(candidate)
  }

  /** @param {any} description */
  setRemoteDescription({ type, sdp }) {
    const lines = sdp.split('\r\n').filter((/** @type {string} */ l) => !l.startsWith('a=candidate:') || throughRelay(l))
    return super.setRemoteDescription({ type, sdp: this.#forced ? lines.join('\r\n') : sdp })
  }
}
