import type { VoiceSession } from '../voice/create-voice-session.ts'
import type { VoiceFact } from '../voice/voice-fact.ts'
import type { MicrophoneState } from '../voice/voice-microphone.ts'

type VoiceCallOptions = {
  readonly createVoice: (options: { onFact: (fact: VoiceFact) => void }) => VoiceSession
  readonly onFact: (fact: VoiceFact) => void
  /** Where to connect, and what opens it. Undefined: there is none, and the page has been told. */
  readonly ticket: () => Promise<{ readonly wsUrl: string; readonly token: string } | undefined>
}

/**
 * One conversation of the page: sound first, because a browser wants it in the person's own click; then the microphone, so
 * that the greeting is not spoken over the browser's question; then the socket. Who types instead is not kept waiting.
 */
export class VoiceCall {
  readonly #options: VoiceCallOptions
  #voice: VoiceSession | undefined
  #isLive = false
  #isConnecting = false
  #isOver = false
  /** Typed before the socket was live. */
  #waiting: string[] = []

  constructor(options: VoiceCallOptions) {
    this.#options = options
  }

  async start(options: { withMicrophone: boolean }): Promise<void> {
    if (this.#voice !== undefined || this.#isOver) return
    const voice = this.#options.createVoice({ onFact: (fact) => this.#pass(fact) })
    this.#voice = voice
    const sound = voice.startSound()
    if (options.withMicrophone) await voice.startMicrophone()
    await sound
    await this.#connect()
  }

  sendText(text: string): void {
    if (this.#isLive && this.#voice?.sendText(text) === true) return
    this.#waiting.push(text)
    if (this.#voice !== undefined) void this.#connect()
  }

  setMuted(isMuted: boolean): void {
    this.#voice?.setMuted(isMuted)
  }

  setSound(isOn: boolean): void {
    this.#voice?.setSound(isOn)
  }

  async startMicrophone(): Promise<MicrophoneState | undefined> {
    return this.#voice?.startMicrophone()
  }

  end(): void {
    this.#isOver = true
    this.#voice?.end()
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting) return
    this.#isConnecting = true
    const ticket = await this.#options.ticket()
    if (ticket === undefined || this.#isOver) return this.#voice?.end()
    this.#voice?.connect(ticket)
  }

  #pass(fact: VoiceFact): void {
    if (fact.kind === 'connection') this.#isLive = fact.state.kind === 'live'
    this.#options.onFact(fact)
    if (!this.#isLive) return
    for (const text of this.#waiting.splice(0)) this.sendText(text)
  }
}
