/** Names, phrases, lines and hours as all sections of a policy document write them. */
import { z } from 'zod'
import { strictFields } from './strict-fields.ts'

/** A spoken sentence has about 100 characters; a phrase twice as long is a text to be found by a regex or an example. */
const maxPhraseCharacters = 200
/** About twenty seconds of speech; a canned line is an answer, not a speech. */
const maxLineCharacters = 500

/** The languages that the engine has tables for. */
export const policyLanguages = ['en', 'de', 'fr', 'es'] as const
export type PolicyLanguage = (typeof policyLanguages)[number]

export const policyNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/, 'expected lower-case letters and digits, joined by - or _')
  .max(60)

export const policyPhraseSchema = z
  .string()
  .max(maxPhraseCharacters)
  .refine((text) => text.trim().length > 0, { message: 'expected a phrase, found only blanks' })

export const policyLineSchema = z
  .string()
  .max(maxLineCharacters)
  .refine((text) => text.trim().length > 0, { message: 'expected a sentence to say, found only blanks' })

/** A whole sentence as somebody would say it; what sounds like it is found by likeness, not by its letters. */
export const policyExampleSchema = z
  .string()
  .max(300)
  .refine((text) => text.trim().length > 0, { message: 'expected a sentence, found only blanks' })

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type WeekDay = (typeof weekDays)[number]

const clockTimeSchema = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected a time from 00:00 to 24:00, such as 09:30')

/** Half open in local time: `from` is in, `to` is out. `to` that is not later than `from` lies on the next day. */
export const weekHoursSchema = strictFields({
  days: z.array(z.enum(weekDays)).min(1).max(7),
  from: clockTimeSchema,
  to: clockTimeSchema,
})
  .refine(({ from, to }) => from !== to && from !== '24:00', {
    path: ['to'],
    message: 'expected another time than `from`; a whole day is 00:00 to 24:00',
  })
  .meta({
    id: 'PolicyWeekHours',
    description: 'Local hours of week days, half open; over midnight where `to` is earlier',
  })
export type WeekHours = z.infer<typeof weekHoursSchema>

/** A day of the calendar, or the same day of every year. */
export const holidaySchema = z
  .string()
  .regex(
    /^(?:\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
    'expected a date such as 2026-12-25, or 12-25 for every year',
  )

/** The form of an IANA name. Whether the place exists is asked where a policy is saved: that needs a database of zones. */
export const policyTimeZoneSchema = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/, 'expected an IANA time zone such as Europe/Paris')
