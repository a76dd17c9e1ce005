import { z } from 'zod'
import { parseJson } from '../../../kernel/parse-json.ts'

/** A part of what Deepgram hears. `endSeconds` counts from the first audio of the connection. */
export type DeepgramMessage =
  | {
      readonly type: 'results'
      readonly text: string
      readonly isFinal: boolean
      readonly speechFinal: boolean
      readonly fromFinalize: boolean
      readonly endSeconds: number
    }
  | { readonly type: 'error'; readonly words: string }
  | { readonly type: 'other' }

/** A minute of fast speech has 1500 characters, and no result covers more than some seconds. */
const maxTranscriptCharacters = 4000
/** An hour and more; what claims to be later confirms nothing. */
const seconds = z.number().min(0).max(100_000)

const resultsSchema = z.object({
  type: z.literal('Results'),
  start: seconds,
  duration: seconds,
  is_final: z.boolean().default(false),
  speech_final: z.boolean().default(false),
  from_finalize: z.boolean().default(false),
  channel: z.object({ alternatives: z.array(z.object({ transcript: z.string() })) }),
})

const errorSchema = z.object({
  type: z.literal('Error'),
  description: z.string().default(''),
  message: z.string().default(''),
  variant: z.string().default(''),
})

const messageSchema = z.union([resultsSchema, errorSchema, z.object({ type: z.string() })])

/** Undefined for what is no message of Deepgram at all; `other` for those that tell us nothing (Metadata, SpeechStarted, ...). */
export function parseDeepgramMessage(data: string | Uint8Array): DeepgramMessage | undefined {
  if (typeof data !== 'string') return undefined
  const parsed = messageSchema.safeParse(parseJson(data))
  if (!parsed.success) return undefined
  const message = parsed.data
  if ('channel' in message) {
    const [best] = message.channel.alternatives
    return {
      type: 'results',
      text: cleanTranscript(best?.transcript ?? ''),
      isFinal: message.is_final,
      speechFinal: message.speech_final,
      fromFinalize: message.from_finalize,
      endSeconds: message.start + message.duration,
    }
  }
  if ('description' in message) {
    return { type: 'error', words: `${message.variant} ${message.description} ${message.message}`.trim() }
  }
  return message.type === 'Results' ? undefined : { type: 'other' }
}

/** Words only: no control characters, no half characters, no more than a person says. */
function cleanTranscript(raw: string): string {
  return raw
    .slice(0, maxTranscriptCharacters)
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}
