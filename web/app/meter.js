/** How loud a microphone is. */
export class Meter {
  /** @type {AudioContext | null} */
  #context = null
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null
  /** @type {AnalyserNode | null} */
  #analyser = null
  #samples = new Float32Array(512)
  /** @type {MediaStreamTrack | null} */
  #track = null

  /** @param {MediaStreamTrack | null} track */
  listen(track) {
    if (track === this.#track) return
    this.#track = track
    this.#source?.disconnect()
    this.#source = null
    if (!track) return
    this.#context ??= new AudioContext()
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: 512 })
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]))
    this.#source.connect(this.#analyser)
  }

  /** A browser may want a click before it runs anything that could sound. */
  wake() {
    if (this.#context?.state === 'suspended') void this.#context.resume()
  }

  /** From 0 to 1, on a scale that is even to the ear. */
  get level() {
    if (!this.#source || !this.#analyser || !this.#track?.enabled) return 0
    this.#analyser.getFloatTimeDomainData(this.#samples)
    const power = this.#samples.reduce((sum, v) => sum + v * v, 0) / this.#samples.length
    return Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-9) / 5))
  }
}
