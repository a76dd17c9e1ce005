/**
 * Threat: a message of a client is taken for something that it is not, or for more than the client may say.
 * Rule: the envelope and the data of every type that is known have one shape each; what they may carry beside it is dropped
 * here. Types that are not known are named as such and never looked into.
 * On failure: undefined, for which the socket closes with its code. A text that is only too long or empty is a refusal that
 * the client is told of.
 */

import {
  keypadMessageSchema,
  maxMessageCharacters,
  type PlaybackReport,
  playbackReportSchema,
} from '@hyponema/contract'
import { z } from 'zod'
import { parseJson } from '../../../kernel/parse-json.ts'
import type { TypedMessage } from '../../pipeline/voice/voice-client.ts'

export type ClientMessage = {
  /** The client's own id, by which an answer is matched. */
  readonly id: string
} & (
  | {
      readonly type: 'client-ready'
      /** Of the RTVI that the client speaks, such as 2.1.0. */
      readonly version: string
      /** Whether it flushes on frame 5, which others log as an error. */
      readonly announcesInterruption: boolean
      /** Whether it would rather send and get packets of Opus. */
      readonly asksForOpus: boolean
    }
  | { readonly type: 'send-text'; readonly message: TypedMessage }
  | { readonly type: 'playback'; readonly report: PlaybackReport }
  | { readonly type: 'disconnect-bot' }
  | { readonly type: 'dtmf'; readonly buttons: string }
  /** Well formed and not served: told to the client, which goes on. */
  | { readonly type: 'refused'; readonly code: 'request.invalid' | 'request.not_found' }
  | { readonly type: 'unknown'; readonly name: string }
)

const envelopeSchema = z.object({
  label: z.literal('rtvi-ai'),
  // Longer than any type and any id of the official client, short enough to be sent back.
  type: z.string().min(1).max(64),
  id: z.string().max(64),
  data: z.unknown().optional(),
})

const readySchema = z.object({
  version: z.string().regex(/^\d{1,4}(\.\d{1,4}){0,2}$/),
  about: z
    .object({
      platform_details: z
        .object({ interruption_frame: z.unknown().optional(), audio_codec: z.unknown().optional() })
        .optional(),
    })
    .nullish(),
})

const textSchema = z.object({
  content: z.string(),
  options: z
    .object({ run_immediately: z.boolean().default(true), audio_response: z.boolean().default(true) })
    .nullish(),
})

const clientMessageSchema = z.object({ t: z.string().max(64), d: z.unknown().optional() })

/** Version 2.1 sends a list of keys, 2.0 one key a message. */
const key = z.string().regex(/^[0-9*#]$/)
const dtmfSchema = z.union([
  z.object({ buttons: z.array(key).min(1).max(64) }),
  z.object({ button: key }).transform(({ button }) => ({ buttons: [button] })),
])

export function readClientMessage(json: string): ClientMessage | undefined {
  const envelope = parse(envelopeSchema, parseJson(json))
  if (envelope === undefined) return undefined
  const { type, id, data } = envelope
  switch (type) {
    case 'client-ready':
      return readReady(id, data)
    case 'send-text':
      return readText(id, data)
    case 'client-message':
      return readOwn(id, data)
    case 'dtmf': {
      const dtmf = parse(dtmfSchema, data)
      return dtmf && { id, type, buttons: dtmf.buttons.join('') }
    }
    case 'append-to-context':
      return { id, type: 'refused', code: 'request.not_found' }
    case 'disconnect-bot':
      return { id, type }
    default:
      return { id, type: 'unknown', name: type }
  }
}

function readReady(id: string, data: unknown): ClientMessage | undefined {
  const ready = parse(readySchema, data)
  if (ready === undefined) return undefined
  const { interruption_frame: frame, audio_codec: codec } = ready.about?.platform_details ?? {}
  const [announcesInterruption, asksForOpus] = [frame === true, codec === 'opus']
  return { id, type: 'client-ready', version: ready.version, announcesInterruption, asksForOpus }
}

function readText(id: string, data: unknown): ClientMessage | undefined {
  const read = parse(textSchema, data)
  if (read === undefined) return undefined
  const text = read.content.trim()
  if (text.length === 0 || text.length > maxMessageCharacters) return { id, type: 'refused', code: 'request.invalid' }
  const { run_immediately: interrupts = true, audio_response: spoken = true } = read.options ?? {}
  return { id, type: 'send-text', message: { text, interrupts, spoken } }
}

function readOwn(id: string, data: unknown): ClientMessage | undefined {
  const message = parse(clientMessageSchema, data)
  if (message === undefined) return undefined
  if (message.t === 'keypad') {
    const pressed = parse(keypadMessageSchema, message.d)
    return pressed && { id, type: 'dtmf', buttons: pressed.digits }
  }
  if (message.t !== 'playback') return { id, type: 'unknown', name: 'client-message' }
  const report = parse(playbackReportSchema, message.d)
  return report && { id, type: 'playback', report }
}

function parse<Output>(schema: z.ZodType<Output>, value: unknown): Output | undefined {
  return schema.safeParse(value).data
}
