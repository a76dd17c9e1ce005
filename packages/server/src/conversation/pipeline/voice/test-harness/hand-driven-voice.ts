import type { Cleared } from '../../../../kernel/cleared.ts'
import type { SpokenAudio, TextToSpeechPort } from '../../../providers/text-to-speech-port.ts'

type Fact = { readonly audio: SpokenAudio } | { readonly error: unknown } | { readonly end: true }

/** A provider whose audio comes when the test says so. */
export class HandDrivenVoice implements TextToSpeechPort {
  readonly units: Cleared[] = []
  opened = 0
  isEnded = false
  aborted: unknown
  /** Some providers do not stop when they are told. */
  ignoresAbort = false
  readonly #facts: Fact[] = []
  #wake: () => void = () => undefined

  /** So much audio, which may tell how far it got. */
  deliver(ms: number, charactersSpoken?: number): void {
    const pcm = new Uint8Array(ms * 48).fill(this.#facts.length + 1)
    this.#add({ audio: charactersSpoken === undefined ? { pcm } : { pcm, charactersSpoken } })
  }

  fail(error: unknown): void {
    this.#add({ error })
  }

  finish(): void {
    this.#add({ end: true })
  }

  open(signal: AbortSignal) {
    this.opened += 1
    signal.addEventListener('abort', () => {
      this.aborted = signal.reason
      if (!this.ignoresAbort) this.fail(signal.reason)
    })
    return {
      say: (unit: Cleared) => void this.units.push(unit),
      end: () => {
        this.isEnded = true
      },
      audio: this.#audio(),
    }
  }

  charactersUsed(): number {
    return this.units.join('').length
  }

  close(): void {
    this.finish()
  }

  async *#audio(): AsyncGenerator<SpokenAudio, void, undefined> {
    for (;;) {
      const fact = this.#facts.shift()
      if (fact === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      } else if ('audio' in fact) yield fact.audio
      else if ('error' in fact) throw fact.error
      else return
    }
  }

  #add(fact: Fact): void {
    this.#facts.push(fact)
    this.#wake()
  }
}
