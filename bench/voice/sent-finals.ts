import type { ChildProcess } from 'node:child_process'
import { z } from 'zod'

const finalSchema = z.object({
  kind: z.literal('final'),
  caller: z.int(),
  nth: z.int(),
  atNs: z.string().transform((text) => BigInt(text)),
})

/** When each final left the provider, by the words that the listener was shown. */
export class SentFinals {
  readonly #sent = new Map<string, bigint>()
  readonly #waiting = new Map<string, (atNs: bigint) => void>()

  constructor(providers: ChildProcess) {
    providers.on('message', (message) => {
      const parsed = finalSchema.safeParse(message)
      if (!parsed.success) return
      const { caller, nth, atNs } = parsed.data
      const words = `Caller ${caller} asks ${nth} times when you are open.`
      const waiting = this.#waiting.get(words)
      this.#waiting.delete(words)
      if (waiting === undefined) this.#sent.set(words, atNs)
      else waiting(atNs)
    })
  }

  /** The news may come later than the words themselves. */
  async sentAt(words: string): Promise<bigint> {
    const known = this.#sent.get(words)
    this.#sent.delete(words)
    if (known !== undefined) return known
    return new Promise((resolve) => this.#waiting.set(words, resolve))
  }
}
