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
  knowledge_sources: { least: 0, most: 100_000, usual: 1_000 },
  knowledge_bytes: { least: 0, most: 1_000_000_000_000, usual: 1_073_741_824 },
  knowledge_chunks: { least: 0, most: 10_000_000, usual: 100_000 },
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
  knowledge_sources: limit(workspaceLimitSizes.knowledge_sources),
  knowledge_bytes: limit(workspaceLimitSizes.knowledge_bytes),
  knowledge_chunks: limit(workspaceLimitSizes.knowledge_chunks),
}).meta({ id: 'WorkspaceLimits' })

export type WorkspaceLimits = z.infer<typeof workspaceLimitsSchema>

/** What the sessions that were created on this day of UTC have used so far. */
export const workspaceUsageSchema = strictFields({
  voice_minutes: z.number().min(0),
  model_tokens: z.int().min(0),
  spoken_characters: z.int().min(0),
}).meta({ id: 'WorkspaceUsage' })

export type WorkspaceUsage = z.infer<typeof workspaceUsageSchema>

/** More hosts than one workspace calls; the list is read at the start of every session. */
const maxOutboundHosts = 100

/**
 * A host that calls of a workspace may go to, written as a URL writes it: a name in lower case and punycode, an address (IPv6 in
 * brackets), or every name below one as `*.example.com`, which is not `example.com` itself.
 */
export const outboundHostSchema = z
  .string()
  .max(255)
  .refine(isHost, 'write a host as a URL does, in lower case, such as api.example.com or *.example.com')
  .meta({ id: 'OutboundHost', examples: ['api.example.com', '*.example.com'] })

const nameSchema = z
  .string()
  .max(253)
  .regex(/^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!\d+$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/)

function isHost(text: string): boolean {
  if (text.startsWith('*.')) return nameSchema.safeParse(text.slice(2)).success
  if (text.startsWith('[') && text.endsWith(']')) return z.ipv6().safeParse(text.slice(1, -1)).success
  return nameSchema.safeParse(text).success || z.ipv4().safeParse(text).success
}

const outboundHostsSchema = z.array(outboundHostSchema).max(maxOutboundHosts).nullable().meta({
  description:
    'The only hosts that calls of this workspace go to. It narrows what the installation lets out; null is no list',
})

export const updateWorkspaceSchema = strictFields({ outbound_hosts: outboundHostsSchema }).meta({
  id: 'UpdateWorkspace',
})

export const workspaceSchema = strictFields({
  id: idSchema('workspace'),
  name: z.string(),
  limits: workspaceLimitsSchema,
  outbound_hosts: outboundHostsSchema,
  live_sessions: z.int().min(0).meta({ description: 'Waiting and running together, now' }),
  used_today: workspaceUsageSchema,
  created_at: timestampSchema,
}).meta({ id: 'Workspace' })
