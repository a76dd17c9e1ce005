/** Asking whether somebody may be contacted, and saying what became of it (runtime-safety 5). */
import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { contactChannels, contactClasses } from './policy-contact.ts'
import { strictFields } from './strict-fields.ts'
import { externalIdSchema } from './users.ts'

/** `reserved` and everything behind it count against caps, but `cancelled`; `deferred` and `denied` were never allowed. */
export const contactStates = [
  'reserved',
  'placed',
  'reached',
  'no_answer',
  'refused',
  'failed',
  'cancelled',
  'deferred',
  'denied',
] as const
export type ContactState = (typeof contactStates)[number]

export const contactOutcomes = ['placed', 'reached', 'no_answer', 'refused', 'failed'] as const
export type ContactOutcome = (typeof contactOutcomes)[number]

export const createContactAttemptSchema = strictFields({
  user_id: externalIdSchema.meta({ description: "The customer's own stable id of the person (external id)" }),
  agent_id: idSchema('agent').meta({
    description: 'Whose published policy applies, beside those of the workspace and the installation',
  }),
  channel: z.enum(contactChannels).default('voice'),
  class: z.enum(contactClasses).default('ordinary'),
  subject: z.string().trim().min(1).max(200).optional().meta({
    description: 'What it is about, in your own terms: a debt, an order. Caps by subject count it for this person',
  }),
  number: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'expected an E.164 number such as +4930123456')
    .optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected an ISO 3166 code such as DE')
    .optional()
    .meta({ description: 'Where the person lives; if the time zone is not known, used in preference to the number' }),
  reserve: z.boolean().default(true).meta({ description: 'false: only asks; nothing is reserved or stored' }),
  at: timestampSchema.optional().meta({ description: 'Asks about a later instant; only with `reserve: false`' }),
  reserve_seconds: z.int().min(30).max(86_400).default(900).meta({
    description: 'How long the reservation may be used. Unless it is cancelled, it counts against caps afterwards, too',
  }),
})
  .superRefine(({ at, reserve }, context) => {
    if (at === undefined || !reserve) return
    context.addIssue({
      code: 'custom',
      path: ['at'],
      message: 'expected `reserve: false`; only the present is reserved',
    })
  })
  .meta({ id: 'CreateContactAttempt' })

export const contactReasonSchema = z.strictObject({
  rule_id: z.string(),
  reason: z.enum(['do_not_contact', 'consent_withdrawn', 'sleep_window', 'contact_cap', 'unknown_time_zone', 'error']),
})
export type ContactReason = z.infer<typeof contactReasonSchema>['reason']

export const contactAttemptSchema = z
  .strictObject({
    id: idSchema('contactAttempt').nullable().meta({ description: 'null where nothing was kept: `reserve` was false' }),
    decision: z.enum(['allow', 'defer', 'deny']),
    allowed_at: timestampSchema
      .nullable()
      .meta({ description: 'The next instant at which all windows and caps allow it; null: nobody knows, or never' }),
    reasons: z.array(contactReasonSchema),
    state: z.enum(contactStates),
    user_id: idSchema('user'),
    agent_id: idSchema('agent'),
    channel: z.enum(contactChannels),
    class: z.enum(contactClasses),
    policy_sha256: z.string(),
    expires_at: timestampSchema.nullable().meta({ description: 'Until when a reservation may be used' }),
    created_at: timestampSchema,
    reported_at: timestampSchema.nullable(),
  })
  .meta({ id: 'ContactAttempt' })

export const openedContactAttemptSchema = contactAttemptSchema
  .safeExtend({
    number: z.string().nullable(),
    subject: z.string().nullable(),
    explanation: z.record(z.string(), z.unknown()).meta({ description: 'The whole decision as the engine gave it' }),
  })
  .meta({ id: 'OpenedContactAttempt' })

export const contactOutcomeSchema = strictFields({
  outcome: z.enum(contactOutcomes),
  do_not_contact: z
    .boolean()
    .default(false)
    .meta({ description: 'The person wants no more contact: takes effect at once' }),
}).meta({ id: 'ContactOutcome' })

export const cancelContactAttemptSchema = strictFields({}).meta({
  id: 'CancelContactAttempt',
  description: 'Nothing is asked for yet',
})

const consentFields = {
  channel: z.enum(contactChannels).nullable().meta({ description: 'null: every channel' }),
  class: z.enum(contactClasses).nullable().meta({ description: 'null: every class' }),
  state: z.enum(['given', 'withdrawn']),
  version: z.string().min(1).max(100).nullable().meta({ description: 'Of the text that was agreed to' }),
  proof: z.string().min(1).max(2000).nullable().meta({ description: 'What shows it: a form, a recording, a mail' }),
}

export const createConsentSchema = strictFields({
  channel: consentFields.channel.default(null),
  class: consentFields.class.default(null),
  state: consentFields.state,
  version: consentFields.version.default(null),
  proof: consentFields.proof.default(null),
  at: timestampSchema.optional().meta({ description: 'When it was given or withdrawn, if not now' }),
})
  .superRefine(({ state, proof }, context) => {
    if (state === 'given' && proof === null)
      context.addIssue({ code: 'custom', path: ['proof'], message: 'expected what shows that it was given' })
  })
  .meta({ id: 'CreateConsent' })

export const consentSchema = z
  .strictObject({
    id: idSchema('consent'),
    user_id: idSchema('user'),
    ...consentFields,
    source: z
      .enum(['api', 'opt_out'])
      .meta({ description: '`opt_out`: the person said it in a session, or to the dialler' }),
    at: timestampSchema,
    created_at: timestampSchema,
  })
  .meta({ id: 'Consent' })
