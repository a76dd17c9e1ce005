import { outboundHostSchema, type WorkspaceLimits, workspaceLimitsSchema } from '@hyponema/contract'
import { z } from 'zod'
import { AppError } from '../../kernel/app-error.ts'

/** `limits` holds what was changed only, so that a better default reaches every workspace that did not ask for another number. */
const settingsSchema = z.looseObject({
  limits: z.record(z.string(), z.number()).default({}),
  outbound_hosts: z.array(outboundHostSchema).nullable().default(null),
})

export type WorkspaceSettings = {
  readonly changed: Readonly<Record<string, number>>
  readonly limits: WorkspaceLimits
  readonly outboundHosts: readonly string[] | null
}

/** Reads `tenant.workspaces.settings`. Unreadable limits are no limits, so they are our failure and nothing goes on. */
export function readSettings(settings: unknown): WorkspaceSettings {
  const read = settingsSchema.safeParse(settings)
  const limits = read.success ? workspaceLimitsSchema.safeParse(read.data.limits) : read
  if (!read.success || !limits.success)
    throw new AppError('server.internal', 'the settings of a workspace cannot be read', { cause: limits.error })
  return { changed: read.data.limits, limits: limits.data, outboundHosts: read.data.outbound_hosts }
}
