import { z } from 'zod'
import { idSchema } from './ids.ts'
import { languageSchema } from './language.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

/** The customer's own stable name for the person. */
export const externalIdSchema = z.string().trim().min(1).max(200)

const profileSchema = z
  .record(z.string().min(1).max(64), z.string().max(500))
  .refine((value) => Object.keys(value).length <= 50, {
    message: 'at most 50 profile fields',
  })

const userFields = {
  profile: profileSchema.nullable(),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, { message: 'expected an IANA time zone such as Europe/Paris' })
    .nullable(),
  language: languageSchema.nullable(),
  do_not_contact: z.boolean(),
}

function isTimeZone(name: string): boolean {
  try {
    // An offset such as +01:00 is no place: nobody could say when its clocks change.
    if (/^[+-]/.test(name)) return false
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0
  } catch {
    return false
  }
}

export const createUserSchema = strictFields({
  external_id: externalIdSchema,
  profile: userFields.profile.default(null),
  time_zone: userFields.time_zone.default(null),
  language: userFields.language.default(null),
  do_not_contact: userFields.do_not_contact.default(false),
}).meta({ id: 'CreateUser' })

export const updateUserSchema = strictFields(userFields).partial().meta({ id: 'UpdateUser' })

export const userSchema = strictFields({
  id: idSchema('user'),
  external_id: z.string(),
  ...userFields,
  created_at: timestampSchema,
  updated_at: timestampSchema,
}).meta({ id: 'User' })
