import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { keyScopes } from './permissions.ts'
import { strictFields } from './strict-fields.ts'

export const apiKeyModes = ['live', 'test'] as const

const labelSchema = z.string().trim().min(1).max(200)

const keyScopeSchema = z.enum(keyScopes, {
  error: () => `expected a scope that a key may hold: ${keyScopes.join(', ')}`,
})

/** Whether a range can be read is for the server to say; here it is short enough to be one. */
const rangeSchema = z.string().min(2).max(49)

/** Of two equal entries one was meant to be another. */
function each<Item extends z.ZodType<string>>(item: Item, most: number) {
  return z
    .array(item)
    .min(1)
    .max(most)
    .superRefine((entries, context) => {
      for (const [index, entry] of entries.entries()) {
        if (entries.indexOf(entry) < index)
          context.addIssue({ code: 'custom', path: [index], message: 'expected each once, found this one before' })
      }
    })
}

const expiresAtSchema = timestampSchema.max(40).nullable()

export const createApiKeySchema = strictFields({
  label: labelSchema,
  mode: z.enum(apiKeyModes).default('live'),
  scopes: each(keyScopeSchema, keyScopes.length),
  allowed_addresses: each(rangeSchema, 100)
    .nullable()
    .default(null)
    .meta({ description: 'Addresses and CIDR ranges that the key works from; null for all' }),
  allowed_agents: each(idSchema('agent'), 1000)
    .nullable()
    .default(null)
    .meta({ description: 'Agents that the key works for; null for all' }),
  expires_at: expiresAtSchema.default(null).meta({ description: 'null for a key that does not expire' }),
}).meta({ id: 'CreateApiKey' })

export const updateApiKeySchema = strictFields({ label: labelSchema }).meta({ id: 'UpdateApiKey' })

/** Nothing to say, and no field that could be meant for something. */
export const revokeApiKeySchema = strictFields({}).meta({ id: 'RevokeApiKey' })

const daySeconds = 24 * 60 * 60

/** Long enough to roll out a new key by hand; a month at most, or the old one is never gone. */
const overlap = { usual: daySeconds, most: 30 * daySeconds } as const

export const rotateApiKeySchema = strictFields({
  overlap_seconds: z
    .int()
    .min(0)
    .max(overlap.most)
    .default(overlap.usual)
    .meta({ description: 'How long the old key goes on working beside the new one' }),
  expires_at: expiresAtSchema
    .optional()
    .meta({ description: 'When the new key expires; as the old one would have when absent' }),
}).meta({ id: 'RotateApiKey' })

const apiKeyFields = {
  id: idSchema('apiKey'),
  label: z.string(),
  mode: z.enum(apiKeyModes).meta({ description: 'What the key begins with, `hyp_live_` or `hyp_test_`' }),
  scopes: z.array(z.string()),
  allowed_addresses: z.array(z.string()).nullable(),
  allowed_agents: z.array(idSchema('agent')).nullable(),
  hint: z.string().meta({ description: 'The last four characters' }),
  rotated_from: idSchema('apiKey').nullable().meta({ description: 'The key that this one takes over from' }),
  created_by: z.string().meta({ description: 'The operator or the key that made it, or `host`' }),
  created_at: timestampSchema,
  expires_at: timestampSchema.nullable(),
  last_used_at: timestampSchema.nullable().meta({ description: 'To the minute' }),
  revoked_at: timestampSchema.nullable(),
  failed_count: z.int().meta({ description: 'How often this key was tried with a wrong secret; told by the minute' }),
  last_failed_at: timestampSchema.nullable().meta({ description: 'A minute late at most' }),
}

export const apiKeySchema = strictFields(apiKeyFields).meta({ id: 'ApiKey' })

export const createdApiKeySchema = strictFields({
  ...apiKeyFields,
  key: z.string().nullable().meta({ description: 'The key itself, shown here only; null in the answer to a repeat' }),
  secret_already_shown: z.boolean().optional(),
}).meta({ id: 'CreatedApiKey' })
