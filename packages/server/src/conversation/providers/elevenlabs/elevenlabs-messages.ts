import { z } from 'zod'
import { parseJson } from '../../../kernel/parse-json.ts'

export type TimedCharacter = { readonly text: string; readonly endMs: number }

/** What ElevenLabs says about one context; without an id it is about the whole connection. */
export type ElevenLabsMessage = {
  readonly contextId: string | undefined
  /** Bytes of s16le audio; samples may be cut between two messages. */
  readonly audio: Uint8Array | undefined
  /** The characters of our text that this audio speaks, and when in it each is over, where the provider tells. */
  readonly characters: readonly TimedCharacter[] | undefined
  readonly isFinal: boolean
  /** The provider's own words: untrusted, unredacted. */
  readonly error: string | undefined
}

const text = z.string().nullish()

/** Spelling differs between its documents: `contextId` and `context_id`, `isFinal` and `is_final`. */
const messageSchema = z.object({
  audio: z
    .string()
    .regex(/^[A-Za-z0-9+/]*={0,2}$/)
    .nullish(),
  contextId: text,
  context_id: text,
  isFinal: z.boolean().nullish(),
  is_final: z.boolean().nullish(),
  alignment: z
    .object({
      chars: z.array(z.string()),
      charStartTimesMs: z.array(z.number()).catch([]),
      charDurationsMs: z.array(z.number()).catch([]),
    })
    .nullish()
    .catch(undefined),
  error: z.unknown().optional(),
  message: z.unknown().optional(),
  code: z.unknown().optional(),
})

/** Undefined for what is no message of ElevenLabs at all. */
export function parseElevenLabsMessage(data: string | Uint8Array): ElevenLabsMessage | undefined {
  if (typeof data !== 'string') return undefined
  const parsed = messageSchema.safeParse(parseJson(data))
  if (!parsed.success) return undefined
  const message = parsed.data
  const isError = message.error !== undefined && message.error !== null
  return {
    contextId: message.contextId ?? message.context_id ?? undefined,
    audio: message.audio ? Buffer.from(message.audio, 'base64') : undefined,
    characters: message.alignment ? timedCharacters(message.alignment) : undefined,
    isFinal: message.isFinal ?? message.is_final ?? false,
    error: isError ? [message.error, message.message, message.code].map(wordsOf).join(' ').trim() : undefined,
  }
}

/** One without a time is over when its audio is. */
function timedCharacters(alignment: NonNullable<z.infer<typeof messageSchema>['alignment']>): TimedCharacter[] {
  const { chars, charStartTimesMs: starts, charDurationsMs: durations } = alignment
  return chars.map((character, at) => {
    const endMs = (starts[at] ?? Number.POSITIVE_INFINITY) + (durations[at] ?? 0)
    return { text: character, endMs }
  })
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
