import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

export const credentialKinds = ['model', 'speech', 'voice', 'telephony', 'webhook', 'internal_api'] as const
export type CredentialKind = (typeof credentialKinds)[number]

export const createCredentialSchema = strictFields({
  kind: z.enum(credentialKinds),
  provider: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected lower-case letters, digits and _'),
  label: z.string().trim().min(1).max(80),
  secret: z
    .string()
    .min(8)
    .max(4096)
    .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces, as providers issue keys')
    .meta({ description: 'The provider key. It is sealed at once and no route returns it', writeOnly: true }),
}).meta({ id: 'CreateCredential' })

export const credentialSchema = strictFields({
  id: idSchema('credential'),
  kind: z.enum(credentialKinds),
  provider: z.string(),
  label: z.string(),
  hint: z.string().meta({ description: 'The last four characters' }),
  version: z.int(),
  created_at: timestampSchema,
  created_by: z.string(),
}).meta({ id: 'Credential' })
