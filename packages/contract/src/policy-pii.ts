/** What is done with personal data in texts, by its kind and by where the text goes (runtime-safety 2). */
import { z } from 'zod'
import { explainUnknown, strictFields } from './strict-fields.ts'

export const piiKinds = ['card', 'iban', 'ssn', 'national_id', 'email', 'phone', 'ip', 'secret'] as const
export type PiiKind = (typeof piiKinds)[number]

export const piiDirections = ['to_model', 'to_speech', 'to_transcript', 'to_logs'] as const
export type PiiDirection = (typeof piiDirections)[number]

/**
 * From the mildest to the strictest. Mask leaves a marker such as `[card]`, or spoken "a card number ending in 42"; drop leaves
 * nothing, or spoken the kind alone.
 */
export const piiActions = ['allow', 'mask', 'drop'] as const
export type PiiAction = (typeof piiActions)[number]

export const piiPolicySchema = strictFields({
  kinds: z
    .partialRecord(z.enum(piiKinds), strictFields(piiFields()), { error: (issue) => explainUnknown(issue, piiKinds) })
    .meta({ description: 'What is not named is allowed' }),
  floor: z.boolean().default(false),
}).meta({ id: 'PolicyPii' })
export type PiiPolicy = z.infer<typeof piiPolicySchema>

function piiFields() {
  const action = z.enum(piiActions).default('allow')
  return { to_model: action, to_speech: action, to_transcript: action, to_logs: z.enum(piiActions).default('drop') }
}
