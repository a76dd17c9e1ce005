import { fieldOf } from './field-of.ts'

/**
 * - `off`: not asked for yet. `asking`: the browser asks the person. `on`, `muted`: it is open.
 * - `refused`: by the person or the browser. `missing`: there is none. `busy`: another program has it. `lost`: it was unplugged.
 * - `unavailable`: this browser or this address offers none (a page without https, say).
 */
export type MicrophoneState =
  | 'off'
  | 'asking'
  | 'on'
  | 'muted'
  | 'refused'
  | 'missing'
  | 'busy'
  | 'lost'
  | 'unavailable'

const constraints = {
  audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: false,
} as const satisfies MediaStreamConstraints

const stateByError: ReadonlyMap<string, MicrophoneState> = new Map<string, MicrophoneState>([
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotFoundError', 'missing'],
  ['OverconstrainedError', 'missing'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
])

type MicrophoneOptions = {
  readonly workletUrl: string
  /** s16le, 16 kHz, one channel, 20 ms. Zeros while muted. */
  readonly onFrame: (pcm: ArrayBuffer) => void
  /** Root mean square, 0 to 1, with each frame. */
  readonly onLevel: (level: number) => void
  readonly onState: (state: MicrophoneState) => void
}

/**
 * The microphone. While muted its track is disabled and its frames hold zeros: the device gives nothing, and nothing would get
 * through if it did.
 */
export class VoiceMicrophone {
  readonly #options: MicrophoneOptions
  #stream: MediaStream | undefined
  #context: AudioContext | undefined
  #node: AudioWorkletNode | undefined
  #isMuted = false
  /** Told apart, so that an answer which comes after `close` opens nothing. */
  #asked = 0
  #state: MicrophoneState = 'off'

  constructor(options: MicrophoneOptions) {
    this.#options = options
  }

  get state(): MicrophoneState {
    return this.#state
  }

  get isMuted(): boolean {
    return this.#isMuted
  }

  get track(): MediaStreamTrack | undefined {
    return this.#stream?.getAudioTracks()[0]
  }

  /** Asks for it, unless it is open already. Never rejects: what came of it is the state. */
  async start(): Promise<MicrophoneState> {
    if (this.#state === 'asking' || this.#stream !== undefined) return this.#state
    // Absent where the page is not served securely, whatever the type says.
    const devices: MediaDevices | undefined = navigator.mediaDevices
    if (devices === undefined) return this.#set('unavailable')
    this.#set('asking')
    try {
      this.#asked += 1
      const asked = this.#asked
      const stream = await devices.getUserMedia(constraints)
      if (asked !== this.#asked) return this.#abandon(stream)
      this.#stream = stream
      this.track?.addEventListener('ended', () => this.#lose(stream))
      await this.#connect(stream)
      return this.#set(this.#isMuted ? 'muted' : 'on')
    } catch (error) {
      this.#release()
      return this.#set((error instanceof Error ? stateByError.get(error.name) : undefined) ?? 'unavailable')
    }
  }

  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted
    this.#applyMute()
    if (this.#state === 'on' || this.#state === 'muted') this.#set(isMuted ? 'muted' : 'on')
  }

  close(): void {
    this.#asked += 1
    this.#release()
    this.#set('off')
  }

  async #connect(stream: MediaStream): Promise<void> {
    // At the rate that the device likes best; the worklet brings it down to 16 kHz, which not every browser can by itself.
    const context = new AudioContext({ latencyHint: 'interactive' })
    this.#context = context
    await context.audioWorklet.addModule(this.#options.workletUrl)
    const node = new AudioWorkletNode(context, 'hyponema-microphone', {
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    })
    node.port.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#onFrame(data))
    node.port.start()
    context.createMediaStreamSource(stream).connect(node)
    this.#node = node
    this.#applyMute()
    void context.resume().catch(() => undefined)
  }

  #onFrame(message: unknown): void {
    const [pcm, level] = [fieldOf(message, 'pcm'), fieldOf(message, 'level')]
    if (!(pcm instanceof ArrayBuffer) || typeof level !== 'number') return
    this.#options.onFrame(pcm)
    this.#options.onLevel(level)
  }

  #applyMute(): void {
    this.#node?.port.postMessage(this.#isMuted ? 'mute' : 'open', [])
    const { track } = this
    if (track !== undefined) track.enabled = !this.#isMuted
  }

  #abandon(stream: MediaStream): MicrophoneState {
    for (const track of stream.getTracks()) track.stop()
    return this.#state
  }

  #lose(stream: MediaStream): void {
    if (stream !== this.#stream) return
    this.#release()
    this.#set('lost')
  }

  #release(): void {
    const context = this.#context
    this.#node?.port.postMessage('stop', [])
    this.#node?.disconnect()
    for (const track of this.#stream?.getTracks() ?? []) track.stop()
    this.#node = undefined
    this.#stream = undefined
    this.#context = undefined
    void context?.close().catch(() => undefined)
  }

  #set(state: MicrophoneState): MicrophoneState {
    if (state !== this.#state) {
      this.#state = state
      this.#options.onState(state)
    }
    return state
  }
}
