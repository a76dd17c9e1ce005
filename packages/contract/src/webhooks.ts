import { z } from 'zod'
import { eventTypes } from './events.ts'
import { idSchema } from './ids.ts'
import { pageQuerySchema, timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'
import { webhookDeliveryStates, webhookDisabledReasons, webhookOutcomes, webhookStates } from './webhook-states.ts'

const nouns = [...new Set(eventTypes.map((type) => type.slice(0, type.indexOf('.'))))]

/** What an endpoint may ask for: everything, all events of a noun, or one type. Nothing that has to be interpreted. */
export const eventPatterns: readonly string[] = ['*', ...nouns.map((noun) => `${noun}.*`), ...eventTypes]

const patternSchema = z.enum(eventPatterns, { error: () => `expected one of ${eventPatterns.join(', ')}` })

/** Longer URLs are no endpoints; the outbound door reads none that is longer. */
const urlSchema = z.string().min(1).max(2048).meta({
  description: 'Where events are sent: https on port 443 or 8443, at a public address',
  example: 'https://example.com/hooks',
})

const descriptionSchema = z.string().max(200)

const eventTypesSchema = z
  .array(patternSchema)
  .min(1)
  .max(50)
  .superRefine((entries, context) => {
    for (const [index, entry] of entries.entries()) {
      if (entries.indexOf(entry) < index)
        context.addIssue({ code: 'custom', path: [index], message: 'expected each once, found this one before' })
    }
  })
  .meta({ description: 'Which events it receives: `*`, a noun as in `session.*`, or types of the catalogue' })

const orderedSchema = z.boolean().meta({
  description: 'Whether the events of one session wait for each other; a failing one holds back those behind it',
})

export const createWebhookSchema = strictFields({
  url: urlSchema,
  description: descriptionSchema.default(''),
  event_types: eventTypesSchema,
  ordered: orderedSchema.default(false),
  asymmetric: z
    .boolean()
    .default(false)
    .meta({ description: 'Sign with Ed25519 (`v1a`) too, so that a receiver needs no secret' }),
}).meta({ id: 'CreateWebhook' })

export const updateWebhookSchema = strictFields({
  url: urlSchema.optional().meta({ description: 'Another URL has to be verified again' }),
  description: descriptionSchema.optional(),
  event_types: eventTypesSchema.optional(),
  ordered: orderedSchema.optional(),
}).meta({ id: 'UpdateWebhook' })

/** Nothing to say, and no field that could be meant for something. */
export const verifyWebhookSchema = strictFields({}).meta({ id: 'VerifyWebhook' })
export const disableWebhookSchema = strictFields({}).meta({ id: 'DisableWebhook' })
export const enableWebhookSchema = strictFields({}).meta({ id: 'EnableWebhook' })

const daySeconds = 24 * 60 * 60

/** Long enough to roll out a new secret by hand; a week at most, or whoever has the old one is believed for longer. */
const overlap = { usual: daySeconds, most: 7 * daySeconds } as const

export const rotateWebhookSecretSchema = strictFields({
  overlap_seconds: z
    .int()
    .min(0)
    .max(overlap.most)
    .default(overlap.usual)
    .meta({ description: 'How long requests are signed with the old secret too' }),
}).meta({ id: 'RotateWebhookSecret' })

export const testWebhookSchema = strictFields({
  type: z.enum(eventTypes).meta({ description: 'The event whose example is sent' }),
}).meta({ id: 'TestWebhook' })

export const replayWebhookSchema = strictFields({
  event_id: idSchema('event').optional().meta({ description: 'Send this event again, whatever the filter says' }),
  since: timestampSchema
    .max(40)
    .optional()
    .meta({ description: 'Send every event since then that the filter takes; 30 days back at most' }),
})
  .refine(({ event_id, since }) => (event_id === undefined) !== (since === undefined), {
    error: 'expected either event_id or since',
  })
  .meta({ id: 'ReplayWebhook' })

const webhookFields = {
  id: idSchema('webhook'),
  url: z.string(),
  description: z.string(),
  event_types: z.array(z.string()),
  ordered: z.boolean(),
  state: z.enum(webhookStates).meta({ description: 'Only an `enabled` endpoint receives events' }),
  disabled_reason: z.enum(webhookDisabledReasons).nullable(),
  public_key: z.string().nullable().meta({ description: '`whpk_`: what `v1a` signatures are verified with' }),
  verified_at: timestampSchema.nullable(),
  failing_since: timestampSchema.nullable().meta({ description: 'When the failures began that no success has ended' }),
  last_success_at: timestampSchema.nullable(),
  last_attempt_at: timestampSchema.nullable(),
  consecutive_failures: z.int(),
  created_by: z.string(),
  created_at: timestampSchema,
  updated_at: timestampSchema,
}

export const webhookSchema = strictFields(webhookFields).meta({ id: 'Webhook' })

export const createdWebhookSchema = strictFields({
  ...webhookFields,
  secret: z.string().nullable().meta({
    description: '`whsec_`: what `v1` signatures are verified with, shown here only; null in the answer to a repeat',
  }),
  secret_already_shown: z.boolean().optional(),
}).meta({ id: 'CreatedWebhook' })

/** `not_echoed`: it answered well, and not with the challenge. */
export const webhookChallengeOutcomes = [...webhookOutcomes, 'not_echoed'] as const
export type WebhookChallengeOutcome = (typeof webhookChallengeOutcomes)[number]

export const webhookVerificationSchema = strictFields({
  verified: z.boolean(),
  outcome: z.enum(webhookChallengeOutcomes).nullable().meta({ description: 'null in the answer to a repeat' }),
  status_code: z.int().nullable(),
  detail: z.string().meta({ description: 'What came back, in words; nothing of the answer itself' }),
  webhook: webhookSchema,
}).meta({ id: 'WebhookVerification' })

export const webhookTestSchema = strictFields({
  event_id: idSchema('event'),
  delivery_id: idSchema('delivery'),
}).meta({ id: 'WebhookTest' })

export const webhookReplaySchema = strictFields({
  queued: z.int().nullable().meta({ description: 'How many events were queued; null in the answer to a repeat' }),
  next_since: timestampSchema
    .nullable()
    .meta({ description: 'Where to go on when there were more than one replay takes; null when that was all' }),
}).meta({ id: 'WebhookReplay' })

export const webhookDeliveriesQuerySchema = pageQuerySchema.extend({ state: z.enum(webhookDeliveryStates).optional() })

export const webhookDeliverySchema = strictFields({
  id: idSchema('delivery'),
  event_id: idSchema('event'),
  event_type: z.string(),
  event_created_at: timestampSchema,
  state: z.enum(webhookDeliveryStates),
  attempt_count: z.int(),
  first_attempt_at: timestampSchema.nullable(),
  next_attempt_at: timestampSchema.nullable(),
  created_at: timestampSchema,
  finished_at: timestampSchema.nullable(),
}).meta({ id: 'WebhookDelivery' })

export const webhookAttemptSchema = strictFields({
  id: idSchema('attempt'),
  delivery_id: idSchema('delivery'),
  event_id: idSchema('event'),
  event_type: z.string(),
  attempt: z.int(),
  outcome: z.enum(webhookOutcomes),
  status_code: z.int().nullable(),
  error_code: z.string().nullable(),
  duration_ms: z.int(),
  answer: z
    .string()
    .nullable()
    .meta({ description: 'The first 1 KiB of what came back; null where nothing did, or where its person was erased' }),
  attempted_at: timestampSchema,
}).meta({ id: 'WebhookAttempt' })
