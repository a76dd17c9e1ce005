import {
  learnAboutClient,
  type PipecatClientOptions,
  RTVIError,
  type RTVIEventCallbacks,
  RTVIMessage,
  setAboutClient,
  type Tracks,
  Transport,
  type TransportState,
  UnsupportedFeatureError,
} from '@pipecat-ai/client-js'
import type { BrowserOpus, OpusEvents } from './browser-opus.ts'
import { audioFrame, messageFrame, opusFrame } from './client-frames.ts'
import { fieldOf } from './field-of.ts'
import type { ServerFrame } from './read-server-frame.ts'
import { type LinkOptions, type LinkState, VoiceLink } from './voice-link.ts'

/** What plays and listens. The transport drives it; who owns it starts and stops it. */
export type TransportMedia = {
  readonly play: (samples: Int16Array<ArrayBuffer>) => void
  /** What was received and not played is dropped. */
  readonly flush: () => void
  /** A new socket: nothing is left of the one before, and its interruptions are counted anew. */
  readonly reset: () => void
  readonly setMuted: (muted: boolean) => void
  readonly isMuted: () => boolean
  readonly track: () => MediaStreamTrack | undefined
}

/** How the connection stands. `reconnecting` from the loss of a socket until the next one is ready. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'reconnecting' }
  | Extract<LinkState, { kind: 'ended' }>

export type OpusCodec = Pick<BrowserOpus, 'encode' | 'decode' | 'flush' | 'close'>

export type VoiceTransportOptions = {
  readonly media: TransportMedia
  /** The browser's codec, one for each socket. Absent: samples only. */
  readonly opus?: { readonly isSupported: () => boolean; readonly open: (events: OpusEvents) => OpusCodec }
  readonly onConnection: (state: ConnectionState) => void
  /** For tests: the clock, and the time that a handshake may take. */
  readonly link?: Partial<Pick<LinkOptions, 'nowMs' | 'handshakeMs'>>
}

/** No name of a device is asked for: the browser's own choice of microphone is used. */
const noDevice: Record<string, never> = {}

/**
 * The transport of the official `PipecatClient` for our voice socket (voice-runtime 2). Beyond the stock one: the token
 * travels in the sub-protocol, a handshake has a deadline, a close code is told as what it means, and a lost socket is
 * replaced by itself with the resume token, which no callback of the client ever sees.
 *
 * Only frame 5 and `bot-interruption` drop audio. `user-started-speaking` does not: an "uh-huh" must not cut what the server
 * believes was heard.
 */
export class VoiceTransport extends Transport {
  readonly #options: VoiceTransportOptions
  readonly #link: VoiceLink
  #callbacks: RTVIEventCallbacks = {}
  #onMessage: (message: RTVIMessage) => void = () => undefined
  #state: TransportState = 'disconnected'
  #wasLive = false
  #knowsInterruptionFrame = false
  #asksForOpus = false
  /** Set where this socket has agreed on it. */
  #opus: OpusCodec | undefined
  #opened: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined

  constructor(options: VoiceTransportOptions) {
    super()
    this.#options = options
    this.#link = new VoiceLink({
      nowMs: () => performance.now(),
      ...options.link,
      onState: (state) => this.#onLink(state),
      onFrame: (frame) => this.#onFrame(frame),
    })
  }

  override initialize(options: PipecatClientOptions, messageHandler: (message: RTVIMessage) => void): void {
    this.#callbacks = options.callbacks ?? {}
    this.#onMessage = messageHandler
    this.state = 'disconnected'
  }

  /** Devices wait for a gesture of the person, which a connection does not: see `startMicrophone` of the session. */
  override async initDevices(): Promise<void> {}

  override _validateConnectionParams(untrusted?: unknown): { wsUrl: string; token: string } {
    return readParams(untrusted)
  }

  override _connect(params?: unknown): Promise<void> {
    const { wsUrl, token } = readParams(params)
    this.state = 'connecting'
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#opened = { resolve, reject }
    this.#link.open(wsUrl, token)
    return promise
  }

  override async _disconnect(): Promise<void> {
    this.state = 'disconnecting'
    this.#link.close()
    this.state = 'disconnected'
    this.#callbacks.onDisconnected?.()
  }

  /** Says that frame 5 is understood, and Opus where it is. Of the machine nothing is told: the server has no use for it. */
  override sendReadyMessage(): void {
    const { library, library_version } = learnAboutClient()
    this.#asksForOpus = this.#options.opus?.isSupported() === true
    setAboutClient({
      library,
      ...(library_version === undefined ? {} : { library_version }),
      platform: 'web',
      platform_version: '',
      platform_details: { interruption_frame: true, ...(this.#asksForOpus ? { audio_codec: 'opus' } : {}) },
    })
    this.state = 'ready'
    this.sendMessage(RTVIMessage.clientReady())
  }

  override sendMessage(message: RTVIMessage): void {
    if (!this.#link.send(messageFrame(JSON.stringify(message)))) throw new RTVIError('There is no open connection')
  }

  /** 16 kHz s16le, one channel. Dropped while there is no live socket, or the network is behind. */
  sendAudio(pcm: ArrayBuffer): void {
    if (this.#opus === undefined) this.#link.sendAudio(audioFrame(new Uint8Array(pcm)))
    else if (this.#link.state.kind === 'live') this.#opus.encode(pcm)
  }

  /** The network is back. */
  retryNow(): void {
    this.#link.retryNow()
  }

  override get state(): TransportState {
    return this.#state
  }

  override set state(state: TransportState) {
    if (this.#state === state) return
    this.#state = state
    this.#callbacks.onTransportStateChanged?.(state)
  }

  override enableMic(enable: boolean): void {
    this.#options.media.setMuted(!enable)
  }
  override get isMicEnabled(): boolean {
    return !this.#options.media.isMuted()
  }
  override tracks(): Tracks {
    const audio = this.#options.media.track()
    return { local: audio === undefined ? {} : { audio } }
  }
  override async getAllMics(): Promise<MediaDeviceInfo[]> {
    return []
  }
  override async getAllCams(): Promise<MediaDeviceInfo[]> {
    return []
  }
  override async getAllSpeakers(): Promise<MediaDeviceInfo[]> {
    return []
  }
  override updateMic(): void {
    throw new UnsupportedFeatureError('updateMic')
  }
  override updateCam(): void {
    throw new UnsupportedFeatureError('updateCam')
  }
  override updateSpeaker(): void {
    throw new UnsupportedFeatureError('updateSpeaker')
  }
  override enableCam(): void {
    throw new UnsupportedFeatureError('enableCam')
  }
  override enableScreenShare(): void {
    throw new UnsupportedFeatureError('enableScreenShare')
  }
  override get selectedMic(): Record<string, never> {
    return noDevice
  }
  override get selectedCam(): Record<string, never> {
    return noDevice
  }
  override get selectedSpeaker(): Record<string, never> {
    return noDevice
  }
  override get isCamEnabled(): boolean {
    return false
  }
  override get isSharingScreen(): boolean {
    return false
  }

  #onLink(state: LinkState): void {
    const connection = this.#connectionFor(state)
    if (state.kind === 'handshake') this.#greet()
    if (state.kind === 'ended') this.#closeOpus()
    if (state.kind === 'reconnecting' || state.kind === 'ended')
      this.state = state.kind === 'ended' ? 'error' : 'connecting'
    if (state.kind === 'ended') this.#opened?.reject(new RTVIError(`The connection ended: ${state.ending.kind}`))
    this.#options.onConnection(connection)
  }

  #connectionFor(state: LinkState): ConnectionState {
    if (state.kind === 'live') this.#wasLive = true
    if (state.kind === 'live' || state.kind === 'ended' || state.kind === 'reconnecting') return state
    return { kind: this.#wasLive ? 'reconnecting' : 'connecting' }
  }

  /** A socket is open. On the first one the client goes on by itself once `_connect` is done; on later ones nobody would. */
  #greet(): void {
    this.#knowsInterruptionFrame = false
    this.#closeOpus()
    this.#options.media.reset()
    this.state = 'connected'
    if (this.#wasLive) this.sendReadyMessage()
    else this.#callbacks.onConnected?.()
    this.#opened?.resolve()
  }

  #onFrame(frame: ServerFrame): void {
    if (frame.kind === 'audio') this.#options.media.play(frame.samples)
    else if (frame.kind === 'packet') this.#opus?.decode(frame.packet)
    else if (frame.kind === 'interruption') {
      this.#knowsInterruptionFrame = true
      this.#flush()
    } else if (frame.kind === 'message') this.#onEnvelope(readEnvelope(frame.json))
  }

  #onEnvelope(message: RTVIMessage | undefined): void {
    if (message === undefined) return
    if (message.type === 'bot-ready') this.#begin(message.data)
    // A server that sends frame 5 may say the same in words, and one interruption is counted once.
    if (message.type === 'bot-interruption' && !this.#knowsInterruptionFrame) this.#flush()
    if (message.type !== 'server-message' || fieldOf(message.data, 'type') !== 'resume') return this.#onMessage(message)
    const [token, seconds] = [fieldOf(message.data, 'token'), fieldOf(message.data, 'window_seconds')]
    if (typeof token === 'string' && typeof seconds === 'number') this.#link.keepResumeToken(token, seconds)
    this.#onMessage(new RTVIMessage(message.type, withoutToken(message.data), message.id))
  }

  #begin(botReady: unknown): void {
    const { opus, media } = this.#options
    if (this.#asksForOpus && fieldOf(fieldOf(botReady, 'about'), 'audio_codec') === 'opus') {
      this.#opus = opus?.open({
        onPacket: (packet) => this.#link.sendAudio(opusFrame(packet), 'opus'),
        onSamples: (samples) => media.play(samples),
      })
    }
    this.#link.confirm()
  }

  #flush(): void {
    // First, so that nothing that is being decoded comes behind the flush.
    this.#opus?.flush()
    this.#options.media.flush()
  }

  #closeOpus(): void {
    this.#opus?.close()
    this.#opus = undefined
  }
}

function readParams(untrusted: unknown): { wsUrl: string; token: string } {
  const [wsUrl, token] = [fieldOf(untrusted, 'wsUrl'), fieldOf(untrusted, 'token')]
  if (typeof wsUrl !== 'string' || typeof token !== 'string') throw new RTVIError('wsUrl and token are needed')
  return { wsUrl, token }
}

function withoutToken(data: unknown): unknown {
  const fields = typeof data === 'object' && data !== null ? Object.entries(data) : []
  return Object.fromEntries(fields.filter(([name]) => name !== 'token'))
}

function readEnvelope(json: string): RTVIMessage | undefined {
  const envelope = parseJson(json)
  const [type, id] = [fieldOf(envelope, 'type'), fieldOf(envelope, 'id')]
  if (fieldOf(envelope, 'label') !== 'rtvi-ai' || typeof type !== 'string') return undefined
  return new RTVIMessage(type, fieldOf(envelope, 'data') ?? {}, typeof id === 'string' ? id : undefined)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
