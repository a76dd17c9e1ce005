import { z } from 'zod'
import { emailSchema } from './email.ts'
import { idSchema } from './ids.ts'
import { roleSchema } from './members.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

/** 256 bits in base64url. */
const secretSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 43 characters of base64url')

/** `POST /auth/sign-in`: a link for an address, or for the address that an invitation was sent to. */
export const requestLinkSchema = strictFields({
  email: emailSchema.optional(),
  invitation: z.string().min(1).max(300).optional(),
}).refine(({ email, invitation }) => (email === undefined) !== (invitation === undefined), {
  message: 'expected either email or invitation',
})

/** The same for every address, known or not. */
export const linkRequestedSchema = z.strictObject({
  expires_in_seconds: z.int(),
  /** Only for who holds the secret of an open invitation: what it is about. */
  invitation: z.strictObject({ email: z.string(), workspace_name: z.string(), role: roleSchema }).optional(),
})
export type LinkRequested = z.infer<typeof linkRequestedSchema>

export const confirmLinkSchema = strictFields({ token: secretSchema })

/** Typed by a person; spaces between the digits are the page's business. */
export const enterCodeSchema = strictFields({ code: z.string().regex(/^[0-9]{6}$/, 'expected six digits') })

/**
 * `POST /auth/choose`. The one body that names a workspace by its id: there is no credential yet that could name it, and
 * what it may be is what the answer before has listed.
 */
export const chooseWorkspaceSchema = strictFields({ choice: secretSchema, workspace_id: idSchema('workspace') })

const signedInSchema = z.strictObject({
  status: z.literal('signed_in'),
  access_token: z.string(),
  expires_at: timestampSchema,
  workspace: z.strictObject({ id: idSchema('workspace'), name: z.string() }),
  role: roleSchema,
})

const chooseSchema = z.strictObject({
  status: z.literal('choose'),
  choice: secretSchema,
  workspaces: z.array(z.strictObject({ id: idSchema('workspace'), name: z.string(), role: roleSchema })),
})

/** Shown where the link was opened, typed where it was asked for. */
const codeSchema = z.strictObject({ status: z.literal('code'), code: z.string() })

/** What a link, a code or a choice comes to. */
export const signInAnswerSchema = z.discriminatedUnion('status', [signedInSchema, chooseSchema, codeSchema])
export type SignInAnswer = z.infer<typeof signInAnswerSchema>
