import { z } from 'zod'
import { emailSchema } from './email.ts'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { roles } from './permissions.ts'
import { strictFields } from './strict-fields.ts'

export const roleSchema = z.enum(roles).meta({ description: 'docs/permissions.md says what each role may do' })

/** A member of the workspace: an operator, as the audit log calls it. */
export const memberSchema = z
  .strictObject({
    id: idSchema('operator'),
    email: z.string(),
    role: roleSchema,
    added_by: z.string().meta({ description: 'Who invited the member, or `host`' }),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Member' })

export type Member = z.infer<typeof memberSchema>

/** The member who asks, and what it may do about others. */
export const ownMembershipSchema = z
  .strictObject({
    ...memberSchema.shape,
    workspace: z.strictObject({ id: idSchema('workspace'), name: z.string() }),
    grantable_roles: z.array(roleSchema).meta({ description: 'Roles that it may give, change or take away' }),
  })
  .meta({ id: 'OwnMembership' })

export type OwnMembership = z.infer<typeof ownMembershipSchema>

export const updateMemberSchema = strictFields({ role: roleSchema }).meta({ id: 'UpdateMember' })

export const invitationStates = ['open', 'expired', 'accepted', 'revoked'] as const

/** An invitation without its secret, which goes out by mail and nowhere else. */
export const invitationSchema = z
  .strictObject({
    id: idSchema('invitation'),
    email: z.string(),
    role: roleSchema,
    state: z.enum(invitationStates),
    invited_by: z.string().meta({ description: 'The member who made it; it ends with the rights of that one' }),
    created_at: timestampSchema,
    expires_at: timestampSchema,
    accepted_at: timestampSchema.nullable(),
    revoked_at: timestampSchema.nullable(),
  })
  .meta({ id: 'Invitation' })

export type Invitation = z.infer<typeof invitationSchema>

export const createInvitationSchema = strictFields({ email: emailSchema, role: roleSchema }).meta({
  id: 'CreateInvitation',
})

/** `POST /auth/refresh`: which sign-in, where the browser has several. Without it the newest one. */
export const refreshRequestSchema = strictFields({ family: idSchema('refreshFamily').optional() })

/** What a browser gets for its refresh cookie. The access token belongs into memory only. */
export const refreshedSessionSchema = z
  .strictObject({
    access_token: z.string(),
    expires_at: timestampSchema,
    family: idSchema('refreshFamily'),
    operator_id: idSchema('operator'),
    workspace: z.strictObject({ id: idSchema('workspace'), name: z.string() }),
    role: roleSchema,
  })
  .meta({ id: 'RefreshedSession' })

export type RefreshedSession = z.infer<typeof refreshedSessionSchema>
