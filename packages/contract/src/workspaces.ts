import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'

/** What a limit may be set to, and what it is where nobody set it; the reasons stand in docs/operations.md. */
export const workspaceLimitSizes = {
  live_sessions: { least: 1, most: 100_000, usual: 1_000 },
  live_sessions_per_user: { least: 1, most: 100_000, usual: 500 },
  session_creations_per_minute: { least: 1, most: 60_000, usual: 1_200 },
  voice_minutes_per_day: { least: 0, most: 10_000_000, usual: 10_000 },
  model_tokens_per_day: { least: 0, most: 1_000_000_000_000, usual: 100_000_000 },
  spoken_characters_per_day: { least: 0, most: 10_000_000_000, usual: 5_000_000 },
} as const

function limit({ least, most, usual }: { readonly least: number; readonly most: number; readonly usual: number }) {
  return z.int().min(least).max(most).default(usual)
}

/**
 * How much one workspace may do. Every field has a default, so that `{}` is a workspace whose limits nobody changed. A day
 * is one of UTC, and 0 a day means: none.
 */
export const workspaceLimitsSchema = strictFields({
  live_sessions: limit(workspaceLimitSizes.live_sessions),
  live_sessions_per_user: limit(workspaceLimitSizes.live_sessions_per_user),
  session_creations_per_minute: limit(workspaceLimitSizes.session_creations_per_minute),
  voice_minutes_per_day: limit(workspaceLimitSizes.voice_minutes_per_day),
  model_tokens_per_day: limit(workspaceLimitSizes.model_tokens_per_day),
  spoken_characters_per_day: limit(workspaceLimitSizes.spoken_characters_per_day),
}).meta({ id: 'WorkspaceLimits' })

export type WorkspaceLimits = z.infer<typeof workspaceLimitsSchema>

/** What the sessions that were created on this day of UTC have used so far. */
export const workspaceUsageSchema = strictFields({
  voice_minutes: z.number().min(0),
  model_tokens: z.int().min(0),
  spoken_characters: z.int().min(0),
}).meta({ id: 'WorkspaceUsage' })

export type WorkspaceUsage = z.infer<typeof workspaceUsageSchema>

export const workspaceSchema = strictFields({
  id: idSchema('workspace'),
  name: z.string(),
  limits: workspaceLimitsSchema,
  live_sessions: z.int().min(0).meta({ description: 'Waiting and running together, now' }),
  used_today: workspaceUsageSchema,
  created_at: timestampSchema,
}).meta({ id: 'Workspace' })
