/**
 * The live socket of operators, `GET /v1/escalations/live`: JSON in text frames.
 *
 * Client: `watch` chooses the talk that is told (null: none), `say` says something to its person.
 * Server: `queue` at once and at each change of it, `talk` of the watched one at each change, `said` or `refused` for each message
 * that named itself, `unwatched` when the watched talk is nobody's or somebody else's any more.
 */
import { z } from 'zod'
import { escalationMessageSchema, escalationSchema, talkMessageSchema } from './escalations.ts'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

export const liveTicketSchema = z
  .strictObject({
    ticket: z.string().meta({ description: 'Opens one socket, once. Sent as sub-protocol `hyponema.token.<ticket>`' }),
    expires_at: timestampSchema,
    ws_url: z.string(),
  })
  .meta({ id: 'LiveTicket' })

const frameId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

export const operatorFrameSchema = z.discriminatedUnion('type', [
  strictFields({ type: z.literal('watch'), escalation_id: idSchema('escalation').nullable() }),
  strictFields({
    type: z.literal('say'),
    /** The same twice is one message, as with an `Idempotency-Key`. */
    id: frameId,
    escalation_id: idSchema('escalation'),
    text: escalationMessageSchema.shape.text,
  }),
])
export type OperatorFrame = z.infer<typeof operatorFrameSchema>

export const liveFrameSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('queue'),
    data: z.array(escalationSchema),
    has_more: z.boolean().meta({ description: 'More wait than are told; GET /v1/escalations has all' }),
  }),
  z.strictObject({ type: z.literal('talk'), escalation_id: idSchema('escalation'), data: z.array(talkMessageSchema) }),
  z.strictObject({ type: z.literal('unwatched'), escalation_id: idSchema('escalation'), code: z.string() }),
  z.strictObject({ type: z.literal('said'), id: frameId, message_id: idSchema('escalationMessage') }),
  z.strictObject({ type: z.literal('refused'), id: frameId, code: z.string(), title: z.string() }),
])
export type LiveFrame = z.infer<typeof liveFrameSchema>
