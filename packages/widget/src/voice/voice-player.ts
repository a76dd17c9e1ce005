import type { PlaybackReport } from '@hyponema/contract'
import { fieldOf } from './field-of.ts'

/** What the server sends (voice-runtime 2). The browser brings it to the rate of the loudspeaker. */
const sampleRate = 24_000

/** `waiting`: the browser wants a gesture of the person first. `none`: this browser cannot play. */
export type SoundState = 'on' | 'off' | 'waiting' | 'none'

type PlayerOptions = {
  readonly workletUrl: string
  readonly onReport: (report: PlaybackReport) => void
  /** Root mean square, 0 to 1, about 20 times a second while something is played. */
  readonly onLevel: (level: number) => void
  readonly onState: (state: SoundState) => void
}

/**
 * The loudspeaker. `start` belongs into the handler of a click or a key press: before one, browsers keep quiet. With the
 * sound off it plays on without being heard, so that the conversation keeps its pace.
 */
export class VoicePlayer {
  readonly #options: PlayerOptions
  #context: AudioContext | undefined
  #node: AudioWorkletNode | undefined
  #gain: GainNode | undefined
  #isOn = true
  #state: SoundState = 'waiting'

  constructor(options: PlayerOptions) {
    this.#options = options
  }

  get state(): SoundState {
    return this.#state
  }

  /** Resolves when audio can be handed over, whether the browser lets it be heard or not yet. Never rejects. */
  async start(): Promise<void> {
    if (this.#context !== undefined) {
      // Pending until there is a gesture, so it is not waited for; `statechange` tells.
      void this.#context.resume().catch(() => undefined)
      return
    }
    try {
      const context = new AudioContext({ sampleRate, latencyHint: 'interactive' })
      this.#context = context
      context.addEventListener('statechange', () => this.#tellState())
      void context.resume().catch(() => undefined)
      await context.audioWorklet.addModule(this.#options.workletUrl)
      this.#connect(context)
    } catch {
      this.#node = undefined
    }
    this.#tellState()
  }

  play(samples: Int16Array<ArrayBuffer>): void {
    if (samples.length > 0) this.#node?.port.postMessage(samples, [samples.buffer])
  }

  flush(): void {
    this.#node?.port.postMessage('flush', [])
  }

  reset(): void {
    this.#node?.port.postMessage('reset', [])
  }

  setSound(isOn: boolean): void {
    this.#isOn = isOn
    if (this.#gain !== undefined) this.#gain.gain.value = isOn ? 1 : 0
    if (isOn) void this.#context?.resume().catch(() => undefined)
    this.#tellState()
  }

  close(): void {
    const context = this.#context
    this.#node?.disconnect()
    this.#node = undefined
    this.#context = undefined
    void context?.close().catch(() => undefined)
  }

  #connect(context: AudioContext): void {
    const node = new AudioWorkletNode(context, 'hyponema-player', {
      numberOfInputs: 0,
      numberOfOutputs: 1,
      outputChannelCount: [1],
    })
    const gain = context.createGain()
    gain.gain.value = this.#isOn ? 1 : 0
    node.connect(gain).connect(context.destination)
    node.port.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#onMessage(context, data))
    node.port.start()
    this.#node = node
    this.#gain = gain
    this.#tellDelay(context)
  }

  #onMessage(context: AudioContext, message: unknown): void {
    const level = fieldOf(message, 'level')
    if (typeof level === 'number') return this.#options.onLevel(level)
    const position = fieldOf(message, 'position')
    const [epoch, samples] = [fieldOf(position, 'epoch'), fieldOf(position, 'samples')]
    if (typeof epoch !== 'number' || typeof samples !== 'number') return
    this.#options.onReport({ epoch, played_ms: Math.round((samples * 1000) / sampleRate) })
    this.#tellDelay(context)
  }

  /** It changes with the device: a wireless loudspeaker takes longer. Not every browser knows. */
  #tellDelay(context: AudioContext): void {
    const seconds = context.outputLatency
    if (Number.isFinite(seconds)) this.#node?.port.postMessage(Math.round(seconds * sampleRate), [])
  }

  #tellState(): void {
    const state = this.#currentState()
    if (state === this.#state) return
    this.#state = state
    this.#options.onState(state)
  }

  #currentState(): SoundState {
    if (this.#context === undefined || this.#node === undefined) return 'none'
    if (!this.#isOn) return 'off'
    return this.#context.state === 'running' ? 'on' : 'waiting'
  }
}
