import { z } from 'zod'
import { baseUrlSchema } from './base-url.ts'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

export const credentialKinds = ['model', 'speech', 'voice', 'telephony', 'webhook', 'internal_api'] as const
export type CredentialKind = (typeof credentialKinds)[number]

/** What a key is opened for. */
export const openingPurposes = ['model', 'speech', 'voice', 'tool', 'resolver', 'test'] as const
export type OpeningPurpose = (typeof openingPurposes)[number]

/** Signing secrets of webhook endpoints are sealed as credentials of providers that begin so, and change with their endpoint only. */
const managedPrefix = 'standard_webhooks'

/** Whether the credential belongs to a webhook endpoint. */
export function isManagedCredential(credential: { readonly provider: string }): boolean {
  return credential.provider.startsWith(managedPrefix)
}

const secretSchema = z
  .string()
  .min(8)
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces, as providers issue keys')
  .meta({ description: 'The provider key. It is sealed at once and no route returns it', writeOnly: true })

export const createCredentialSchema = strictFields({
  kind: z.enum(credentialKinds),
  provider: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected lower-case letters, digits and _')
    .refine((provider) => !isManagedCredential({ provider }), {
      message: 'signing secrets are made with their webhook endpoint: POST /v1/webhooks',
    }),
  label: z.string().trim().min(1).max(80),
  base_url: baseUrlSchema.optional().meta({
    description:
      'The key may be sent to the origin of this URL only. Absent: to that of its provider and to what the installation has opened, or, for a provider that we do not know, to whatever the agent names',
  }),
  secret: secretSchema,
})
  // Both are kept as they are and shown to who may read credentials: a key that was pasted into the wrong field, too.
  .superRefine(({ label, base_url, secret }, context) => {
    for (const [field, text] of Object.entries({ label, base_url }))
      if (text?.includes(secret) === true)
        context.addIssue({
          code: 'custom',
          path: [field],
          message: 'expected it without the key, which is kept secret',
        })
  })
  .meta({ id: 'CreateCredential' })

const daySeconds = 24 * 60 * 60

/** Long enough for the longest session and a careful look; a month at most, or the old key is never gone. */
const grace = { usual: daySeconds, most: 30 * daySeconds } as const

export const rotateCredentialSchema = strictFields({
  secret: secretSchema,
  grace_seconds: z
    .int()
    .min(0)
    .max(grace.most)
    .default(grace.usual)
    .meta({ description: 'When the version before is revoked. New sessions use the new one at once' }),
}).meta({ id: 'RotateCredential' })

const hintSchema = z.string().meta({
  description: 'The last four characters; empty for a secret of fewer than 16, of which they would be too much',
})

export const credentialSchema = strictFields({
  id: idSchema('credential'),
  kind: z.enum(credentialKinds),
  provider: z.string(),
  label: z.string(),
  state: z.enum(['active', 'unusable', 'revoked']).meta({
    description: '`unusable`: its current version was revoked; rotate it to go on. `revoked`: all of it, for good',
  }),
  hint: hintSchema,
  version: z.int().meta({ description: 'The current one' }),
  base_url: z
    .string()
    .nullable()
    .meta({ description: 'The one origin that the key is sent to; null for no such limit' }),
  failing_since: timestampSchema
    .nullable()
    .meta({ description: 'Since when its provider refuses it; null after the next success' }),
  created_at: timestampSchema,
  created_by: z.string(),
  revoked_at: timestampSchema.nullable(),
}).meta({ id: 'Credential' })

export const credentialVersionSchema = strictFields({
  credential_id: idSchema('credential'),
  version: z.int(),
  state: z.enum(['current', 'in_grace', 'revoked']),
  hint: hintSchema,
  created_at: timestampSchema,
  created_by: z.string(),
  revoke_after: timestampSchema.nullable().meta({ description: 'The end of its grace' }),
  revoked_at: timestampSchema.nullable().meta({ description: 'Since when its bytes are gone' }),
  revoked_by: z.string().nullable().meta({ description: 'Who revoked it; null where its grace ended' }),
}).meta({ id: 'CredentialVersion' })

export const credentialOpeningSchema = strictFields({
  session_id: idSchema('session').nullable().meta({ description: 'null for a test' }),
  version: z.int(),
  purpose: z.enum(openingPurposes),
  openings: z.int().meta({ description: 'How often it was opened or put on a request again' }),
  first_opened_at: timestampSchema,
  last_opened_at: timestampSchema,
}).meta({ id: 'CredentialOpening' })

export const credentialTestSchema = strictFields({
  result: z.enum(['valid', 'rejected', 'unreachable']).meta({
    description: '`unreachable`: nobody said whether the key is good; status_code and provider_words say more',
  }),
  status_code: z
    .int()
    .nullable()
    .meta({ description: 'What the provider answered with; null where it did not answer' }),
  provider_words: z
    .string()
    .nullable()
    .meta({ description: 'Its own words, on one line, without the key and what looks like one' }),
  checked_at: timestampSchema,
  duration_ms: z.int(),
}).meta({ id: 'CredentialTest' })
