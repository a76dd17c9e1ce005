import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'

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
  language: z
    .string()
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'expected a language such as en or en-GB')
    .nullable(),
  do_not_contact: z.boolean(),
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0
  } catch {
    return false
  }
}

export const createUserSchema = z
  .strictObject({
    external_id: externalIdSchema,
    profile: userFields.profile.default(null),
    time_zone: userFields.time_zone.default(null),
    language: userFields.language.default(null),
    do_not_contact: userFields.do_not_contact.default(false),
  })
  .meta({ id: 'CreateUser' })

export const updateUserSchema = z.strictObject(userFields).partial().meta({ id: 'UpdateUser' })

export const userSchema = z
  .strictObject({
    id: idSchema('user'),
    external_id: z.string(),
    ...userFields,
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'User' })
