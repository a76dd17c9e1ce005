/**
 * What a voice session sends beside audio: RTVI 2.x messages `{ label: "rtvi-ai", type, id, data }`, by `type` (voice-runtime 2).
 * Facts that RTVI has no message for travel as `server-message`, whose `data.type` says which; they are the same facts that a text
 * session sends as Server-Sent Events. Clients ignore types and fields that they do not know.
 *
 * `holds` says of every string where its characters come from, as in session-events.ts; `user` are the person's own words,
 * as the speech-to-text provider wrote them down, sent back to that person alone.
 */
import { z } from 'zod'
import { idSchema } from './ids.ts'
import { sessionEventSchemas, toolName } from './session-events.ts'

const nothing = z.strictObject({})
const clearedText = z.strictObject({ text: z.string().min(1).meta({ holds: 'cleared' }) })
const callId = z.string().meta({ holds: 'id' })

/** Which limit a session is about to reach, or has reached. */
export const sessionLimits = ['duration', 'silence', 'turns', 'tokens'] as const

const ourMessages = [
  z.strictObject({ type: z.literal('turn_start'), ...sessionEventSchemas.turn_start.shape }),
  z.strictObject({ type: z.literal('guard'), ...sessionEventSchemas.guard.shape }),
  z.strictObject({
    type: z.literal('turn_end'),
    ...sessionEventSchemas.turn_end.shape,
    heard_characters: z.int().nonnegative().meta({ description: 'How much of the turn was heard, and is kept' }),
  }),
  z.strictObject({ type: z.literal('error'), ...sessionEventSchemas.error.shape }),
  z.strictObject({ type: z.literal('escalation'), ...sessionEventSchemas.escalation.shape }),
  z.strictObject({
    type: z.literal('resume'),
    token: z.string().meta({
      holds: 'id',
      description: 'Opens the next socket of this session when this one is lost; each use brings a new one',
    }),
    window_seconds: z.int().positive(),
    session_id: idSchema('session').meta({ holds: 'id' }),
    listens: z.boolean().meta({ description: 'False: no speech-to-text, so that people have to type' }),
  }),
  z.strictObject({
    type: z.literal('limit'),
    limit: z.enum(sessionLimits),
    seconds_left: z.int().nonnegative().nullable().meta({ description: 'null where the limit is not one of time' }),
  }),
  z.strictObject({
    type: z.literal('disclosure'),
    agent_is_ai: z.literal(true),
  }),
] as const

/** The data of each message by its RTVI type. */
export const voiceMessageSchemas = {
  'bot-ready': z.strictObject({
    version: z.string().meta({ holds: 'id', description: 'The RTVI version that the client speaks, of major 2' }),
    about: z
      .strictObject({ audio_codec: z.literal('opus') })
      .optional()
      .meta({ description: 'To a client that asked for it: from here on both ways carry packets of Opus' }),
  }),
  'user-started-speaking': nothing,
  'user-stopped-speaking': nothing,
  'user-transcription': z.strictObject({
    text: z.string().min(1).meta({ holds: 'user' }),
    final: z.boolean(),
    timestamp: z.iso.datetime(),
    user_id: z.string().meta({ holds: 'id' }),
  }),
  'bot-llm-started': nothing,
  'bot-llm-text': clearedText,
  'bot-llm-stopped': nothing,
  'bot-output': z.strictObject({
    text: z.string().min(1).meta({ holds: 'cleared' }),
    aggregated_by: z.literal('sentence'),
    segment_id: z.int().nonnegative(),
    will_be_spoken: z.boolean(),
    spoken_status: z.enum(['new', 'in-progress', 'completed']),
  }),
  'bot-transcription': clearedText,
  'bot-tts-started': nothing,
  'bot-tts-text': clearedText,
  'bot-tts-stopped': nothing,
  'bot-started-speaking': nothing,
  'bot-stopped-speaking': nothing,
  'bot-interruption': nothing,
  'llm-function-call-started': z.strictObject({ function_name: toolName }),
  'llm-function-call-in-progress': z.strictObject({
    function_name: toolName,
    tool_call_id: callId,
    arguments: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ holds: 'cleared', description: 'Only of a tool that is marked visible' }),
  }),
  'llm-function-call-stopped': z.strictObject({
    function_name: toolName,
    tool_call_id: callId,
    cancelled: z.boolean(),
    ok: z.boolean().meta({ description: 'Whether the tool did what it was asked' }),
    result: z.unknown().optional().meta({ holds: 'cleared', description: 'Only of a tool that is marked visible' }),
  }),
  metrics: z.strictObject({
    ttfb: z.array(z.strictObject({ processor: z.enum(['model', 'text_to_speech', 'turn']), value: z.number() })),
  }),
  error: z.strictObject({ error: z.string().meta({ holds: 'catalogue' }), fatal: z.boolean() }),
  'error-response': z.strictObject({ error: z.string().meta({ holds: 'catalogue' }) }),
  'server-message': z.discriminatedUnion('type', ourMessages),
} as const

export type VoiceMessageType = keyof typeof voiceMessageSchemas

/** The data of one message, by its RTVI type. */
export type VoiceMessageData<Type extends VoiceMessageType> = z.infer<(typeof voiceMessageSchemas)[Type]>

/** One message of a voice session, as a union by `type`; label and id are added on the wire. */
export type VoiceMessage = {
  [Type in VoiceMessageType]: { readonly type: Type; readonly data: VoiceMessageData<Type> }
}[VoiceMessageType]

/** A message of ours inside `server-message`. */
export type OwnVoiceMessage = VoiceMessageData<'server-message'>

/**
 * Keys that the person pressed, as `client-message` `{ t: "keypad", d: { digits: "1" } }`, for clients whose RTVI has no `dtmf`. They
 * answer a question that waits for a confirmation: 1 confirms, anything else refuses.
 */
export const keypadMessageSchema = z.object({ digits: z.string().regex(/^[0-9*#]{1,64}$/) })

/**
 * How far the client has played, as `client-message` `{ t: "playback", d: ... }`, every 200 ms while it plays and once after a
 * flush. Replaces the server's estimate of what was heard.
 */
export const playbackReportSchema = z.strictObject({
  /** How many interruptions the client has flushed for so far on this socket. Reports of an earlier one are late. */
  epoch: z.int().nonnegative(),
  /** Audio played since this epoch began, in ms. */
  played_ms: z.number().nonnegative(),
})
export type PlaybackReport = z.infer<typeof playbackReportSchema>
