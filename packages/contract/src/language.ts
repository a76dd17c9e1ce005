import { z } from 'zod'

/** A language as users, agents and sessions name it: ISO 639-1, with a region where it matters. */
export const languageSchema = z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'expected a language such as en or en-GB')
