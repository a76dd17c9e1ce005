/** Runs on the browser's audio thread: plays what the page hands over, and tells it how far it got and how loud it is. */
import { PlayerQueue } from './player-queue.ts'

/** Of the player's own context, 24 kHz: a report every 200 ms (voice-runtime 1), a level every 50. */
const reportSamples = 4800
const levelSamples = 1200

class PlayerProcessor extends AudioWorkletProcessor {
  readonly #queue = new PlayerQueue()
  #sinceReport = 0
  #sinceLevel = 0
  #energy = 0
  #wasLoud = false
  #reported = ''

  constructor() {
    super()
    this.port.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#obey(data))
    this.port.start()
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    const output = outputs[0]?.[0]
    if (output === undefined) return true
    this.#queue.render(output)
    for (const sample of output) this.#energy += sample * sample
    this.#sinceLevel += output.length
    this.#sinceReport += output.length
    if (this.#sinceLevel >= levelSamples) this.#tellLevel()
    if (this.#sinceReport >= reportSamples) this.#tellPosition()
    return true
  }

  #obey(message: unknown): void {
    if (message instanceof Int16Array) this.#queue.push(message)
    else if (typeof message === 'number') this.#queue.setOutputDelay(message)
    else if (message === 'flush') {
      // Where the last epoch ended, and that the next one has begun.
      this.#tellPosition()
      this.#queue.flush()
      this.#tellPosition()
    } else if (message === 'reset') {
      this.#queue.reset()
      this.#reported = JSON.stringify(this.#queue.position)
    }
  }

  #tellPosition(): void {
    this.#sinceReport = 0
    const { position } = this.#queue
    const told = JSON.stringify(position)
    if (told === this.#reported) return
    this.#reported = told
    this.port.postMessage({ position }, [])
  }

  #tellLevel(): void {
    // Silence is told once.
    if (this.#energy > 0 || this.#wasLoud)
      this.port.postMessage({ level: Math.sqrt(this.#energy / this.#sinceLevel) }, [])
    this.#wasLoud = this.#energy > 0
    this.#sinceLevel = 0
    this.#energy = 0
  }
}

registerProcessor('hyponema-player', PlayerProcessor)
