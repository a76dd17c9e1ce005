import type { Duplex } from 'node:stream'
import type { VoiceMessage } from '@hyponema/contract'
import type { WebSocket } from 'ws'
import { corkForThisTick } from '../../../platform/cork-for-this-tick.ts'
import { audioFrame, interruptionFrame, messageFrame } from './client-frame.ts'
import type { OpusEncoder } from './opus-machine.ts'
import type { VoiceLog } from './voice-log.ts'
import type { VoiceSocketLimits } from './voice-socket-limits.ts'

export type VoiceOutboxOptions = {
  readonly socket: WebSocket
  /** The stream below it. */
  readonly stream: Duplex
  readonly limits: VoiceSocketLimits
  /** A client that does not take even its messages. */
  readonly onOverflow: () => void
  readonly log: VoiceLog
}

/** What goes out on one socket, within what may wait there: sound is dropped first, then the socket is of no use. */
export class VoiceOutbox {
  readonly #options: VoiceOutboxOptions
  #encoder: OpusEncoder | undefined
  #messagesSent = 0
  #hasDroppedAudio = false

  constructor(options: VoiceOutboxOptions) {
    this.#options = options
  }

  /** From now on sound leaves as packets of Opus. */
  encodeWith(encoder: OpusEncoder): void {
    this.#encoder = encoder
  }

  /** What an encoder keeps of the speech before is not sent with the next. */
  beginSpeech(): void {
    this.#encoder?.reset()
  }

  /** `id` is that of the message which this one answers; others are counted. */
  message({ type, data }: VoiceMessage, id?: string): void {
    this.#messagesSent += 1
    this.#putOrOverflow(
      messageFrame(JSON.stringify({ label: 'rtvi-ai', type, id: id ?? String(this.#messagesSent), data })),
    )
  }

  interruption(): void {
    this.#putOrOverflow(interruptionFrame())
  }

  /** False when it was dropped. */
  audio(pcm: Uint8Array): boolean {
    const { limits, log } = this.#options
    const isSent =
      this.#encoder === undefined
        ? this.#put(audioFrame(pcm), limits.unsentAudioBytes)
        : this.#put(audioFrame(this.#encoder.encode(pcm), 'opus'), limits.unsentOpusBytes)
    if (isSent) return true
    if (!this.#hasDroppedAudio) log({ level: 'warn', message: 'a voice client is behind; sound was dropped' })
    this.#hasDroppedAudio = true
    return false
  }

  #putOrOverflow(frame: Uint8Array): void {
    if (!this.#put(frame, this.#options.limits.unsentBytes)) this.#options.onOverflow()
  }

  #put(frame: Uint8Array, maxUnsentBytes: number): boolean {
    const { socket, stream } = this.#options
    if (socket.bufferedAmount + frame.byteLength > maxUnsentBytes) return false
    corkForThisTick(stream)
    socket.send(frame)
    return true
  }
}
