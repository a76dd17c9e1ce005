import type { Microphones } from './microphones.ts'
import type { SentFinals } from './sent-finals.ts'
import { type VoiceLine, within } from './voice-line.ts'

const turnWithinMs = 30_000

/**
 * One caller whose microphone is always up. Notes for each turn how long after the final transcript its first sound came; where
 * none came, for ever.
 */
export class SpokenCaller {
  readonly latenciesMs: number[] = []
  readonly #line: VoiceLine
  readonly #finals: SentFinals
  readonly #microphone: ReturnType<Microphones['plugIn']>
  #words: string | undefined
  #firstAudioNs: bigint | undefined
  #turnsEnded = 0
  #onTurnEnd: (() => void) | undefined

  constructor(line: VoiceLine, finals: SentFinals, microphones: Microphones) {
    this.#line = line
    this.#finals = finals
    this.#microphone = microphones.plugIn((frame) => line.send(frame))
    line.watch({
      onAudio: (atNs) => {
        if (this.#words !== undefined) this.#firstAudioNs ??= atNs
      },
      onMessage: ({ type, data }) => {
        if (type === 'user-transcription' && data['final'] === true) this.#words = String(data['text'])
        if (type === 'server-message' && data['type'] === 'turn_end') void this.#turnEnded()
      },
    })
  }

  /** Asks aloud, as fast as people speak, and waits for the end of the answer. */
  async ask(speech: readonly Uint8Array[]): Promise<void> {
    if (this.#line.closed !== undefined) throw new Error(`the line was closed with ${this.#line.closed.code}`)
    const ended = new Promise<void>((resolve) => {
      this.#onTurnEnd = resolve
    })
    this.#microphone.say(speech)
    await within(turnWithinMs, `the end of turn ${this.#turnsEnded + 1}`, ended)
  }

  async hangUp(): Promise<number> {
    this.#microphone.unplug()
    return this.#line.close()
  }

  async #turnEnded(): Promise<void> {
    const [words, firstAudioNs, onTurnEnd] = [this.#words, this.#firstAudioNs, this.#onTurnEnd]
    this.#words = undefined
    this.#firstAudioNs = undefined
    this.#onTurnEnd = undefined
    this.#turnsEnded += 1
    const isSilent = words === undefined || firstAudioNs === undefined
    this.latenciesMs.push(
      isSilent ? Number.POSITIVE_INFINITY : Number(firstAudioNs - (await this.#finals.sentAt(words))) / 1e6,
    )
    onTurnEnd?.()
  }
}
