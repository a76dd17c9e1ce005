import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

const pinnedToolsSchema = z.array(
  z.strictObject({
    name: z.string(),
    description: z.string(),
    input_schema: z.record(z.string(), z.unknown()),
    sha256: z.string(),
  }),
)

/** A tool as its server described it when the version was published. Third-party text that a person let through. */
export type PinnedTool = {
  readonly name: string
  readonly description: string
  readonly inputSchema: Readonly<Record<string, unknown>>
  /** Of the canonical JSON of the three, hex. */
  readonly sha256: string
}

/** What one MCP server of an agent's version is held to. */
export type ServerPins = {
  /** What the agent calls it. */
  readonly server: string
  readonly tools: readonly PinnedTool[]
  /** Of the whole list, hex. */
  readonly sha256: string
}

export async function insertToolPins(
  tx: WorkspaceTx,
  place: { readonly agentId: Uuid; readonly version: number },
  pins: readonly ServerPins[],
): Promise<void> {
  if (pins.length === 0) return
  await tx.db
    .insertInto('tenant.tool_pins')
    .values(
      pins.map(({ server, tools, sha256 }) => ({
        workspace_id: tx.workspaceId,
        agent_id: place.agentId,
        version: place.version,
        server,
        tools: JSON.stringify(tools.map(({ inputSchema, ...tool }) => ({ ...tool, input_schema: inputSchema }))),
        sha256: Buffer.from(sha256, 'hex'),
      })),
    )
    .execute()
}

/** By server, in the order of their names. */
export async function findToolPins(
  tx: WorkspaceTx,
  place: { readonly agentId: Uuid; readonly version: number },
): Promise<ServerPins[]> {
  const rows = await tx.db
    .selectFrom('tenant.tool_pins')
    .select(['server', 'tools', 'sha256'])
    .where('agent_id', '=', place.agentId)
    .where('version', '=', place.version)
    .orderBy('server')
    .execute()
  return rows.map(({ server, tools, sha256 }) => ({
    server,
    tools: pinnedToolsSchema.parse(tools).map(({ input_schema: inputSchema, ...tool }) => ({ ...tool, inputSchema })),
    sha256: sha256.toString('hex'),
  }))
}

type ToolDay = { readonly userId: Uuid; readonly tool: string; readonly day: string }

/**
 * One more call of a person's day, unless `most` were made. Answers how many were made before: fewer than `most` means that this
 * one counts. One statement counts and compares, so that of two sessions one gets the last.
 */
export async function takeToolDay(
  tx: WorkspaceTx,
  { userId, tool, day, most }: ToolDay & { readonly most: number },
): Promise<number> {
  const taken = await tx.db
    .insertInto('tenant.tool_days')
    .values({ workspace_id: tx.workspaceId, user_id: userId, tool, day, calls: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'user_id', 'tool', 'day'])
        .doUpdateSet((row) => ({ calls: row('tenant.tool_days.calls', '+', 1) }))
        .where('tenant.tool_days.calls', '<', most),
    )
    .returning('calls')
    .executeTakeFirst()
  return taken === undefined ? await countToolDay(tx, { userId, tool, day }) : taken.calls - 1
}

export async function countToolDay(tx: WorkspaceTx, { userId, tool, day }: ToolDay): Promise<number> {
  const row = await tx.db
    .selectFrom('tenant.tool_days')
    .select('calls')
    .where('user_id', '=', userId)
    .where('tool', '=', tool)
    .where('day', '=', day)
    .executeTakeFirst()
  return row?.calls ?? 0
}

/** Days that nobody counts in any more. */
export async function deleteToolDays(
  tx: WorkspaceTx,
  { userId, before }: { readonly userId: Uuid; readonly before: string },
): Promise<void> {
  await tx.db.deleteFrom('tenant.tool_days').where('user_id', '=', userId).where('day', '<', before).execute()
}
