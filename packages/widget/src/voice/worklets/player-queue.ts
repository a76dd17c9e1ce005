const sampleRate = 24_000
/** A start waits for 40 ms of audio, so that one late frame is no gap... */
const startSamples = 0.04 * sampleRate
/** ...but for 60 ms at most: a short last piece is played too. */
const longestWaitSamples = 0.06 * sampleRate
/** A cut in 5 ms: no click, and nobody hears it as delay. */
const fadeSamples = 0.005 * sampleRate
/** Our server is never more than 200 ms ahead; half a minute is more than any other sends. What comes after is dropped. */
const maxQueuedSamples = 30 * sampleRate

export type PlayerPosition = {
  /** Flushes so far. */
  readonly epoch: number
  /** Samples of this epoch that have left the loudspeaker. */
  readonly samples: number
}

/** What is to be played: in order, without gaps, and dropped in one moment. Counts what was really heard. */
export class PlayerQueue {
  #chunks: Int16Array[] = []
  #offset = 0
  #queued = 0
  #fading = new Float32Array()
  #isPlaying = false
  #waited = 0
  #epoch = 0
  #played = 0
  #idle = 0
  #outputDelay = 0
  #dropped = 0

  /** Samples that never found room. */
  get dropped(): number {
    return this.#dropped
  }

  get isPlaying(): boolean {
    return this.#isPlaying
  }

  get position(): PlayerPosition {
    const underway = Math.max(0, this.#outputDelay - this.#idle)
    return { epoch: this.#epoch, samples: Math.max(0, this.#played - underway) }
  }

  /** How long a sample takes from here to the loudspeaker (a wireless one needs up to 200 ms). */
  setOutputDelay(samples: number): void {
    this.#outputDelay = samples
  }

  push(samples: Int16Array): void {
    if (this.#queued + samples.length > maxQueuedSamples) {
      this.#dropped += samples.length
      return
    }
    this.#chunks.push(samples)
    this.#queued += samples.length
  }

  /** Drops what is queued and begins the next epoch. */
  flush(): void {
    this.#fading = this.#isPlaying ? this.#fadeOut() : new Float32Array()
    this.#empty()
    this.#epoch += 1
    this.#played = 0
  }

  /** As new: another socket. */
  reset(): void {
    this.flush()
    this.#epoch = 0
  }

  /** Fills `output` with what comes next, silence where there is nothing. */
  render(output: Float32Array): void {
    if (!this.#isPlaying) this.#startWhenReady(output.length)
    const filled = this.#isPlaying ? this.#take(output) : 0
    output.fill(0, filled)
    this.#played += filled
    if (filled > 0) this.#idle = output.length - filled
    else this.#idle += output.length
    if (filled < output.length && this.#isPlaying) this.#isPlaying = false
    this.#mixFading(output)
  }

  #startWhenReady(passing: number): void {
    if (this.#queued === 0) {
      this.#waited = 0
      return
    }
    this.#waited += passing
    if (this.#queued < startSamples && this.#waited < longestWaitSamples) return
    this.#isPlaying = true
    this.#waited = 0
  }

  #take(output: Float32Array): number {
    let filled = 0
    while (filled < output.length) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) break
      const count = Math.min(output.length - filled, chunk.length - this.#offset)
      for (let index = 0; index < count; index += 1) {
        output[filled + index] = (chunk[this.#offset + index] ?? 0) / 32_768
      }
      filled += count
      this.#offset += count
      if (this.#offset < chunk.length) continue
      this.#chunks.shift()
      this.#offset = 0
    }
    this.#queued -= filled
    return filled
  }

  #fadeOut(): Float32Array<ArrayBuffer> {
    const tail = new Float32Array(fadeSamples)
    const filled = this.#take(tail)
    for (let index = 0; index < filled; index += 1) tail[index] = (tail[index] ?? 0) * (1 - index / filled)
    return tail
  }

  #mixFading(output: Float32Array): void {
    if (this.#fading.length === 0) return
    const count = Math.min(output.length, this.#fading.length)
    for (let index = 0; index < count; index += 1) output[index] = (output[index] ?? 0) + (this.#fading[index] ?? 0)
    this.#fading = this.#fading.slice(count)
  }

  #empty(): void {
    this.#chunks = []
    this.#offset = 0
    this.#queued = 0
    this.#isPlaying = false
    this.#waited = 0
  }
}
