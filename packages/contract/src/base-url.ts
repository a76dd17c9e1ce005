import { z } from 'zod'

/** Paths are appended to it as text, and what is in it can be read by everybody who may read the agent. */
export const baseUrlSchema = z
  .url({ protocol: /^https?$/, error: 'expected an http or https URL', abort: true })
  .max(500)
  .refine((text) => /^https?:\/\/[^\s/\\@?#]+(?:\/[^\s\\?#]*)?$/i.test(text), {
    message: 'expected scheme, host and path only: no query, no fragment, and user and password belong in a credential',
  })
