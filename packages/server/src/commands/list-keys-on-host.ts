import { parseArgs } from 'node:util'
import type { apiKeySchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import { listApiKeys, renderApiKey } from '../features/api-keys/public.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

type ApiKey = z.infer<typeof apiKeySchema>

/** `hyponema api-key list [--workspace ID]`: one line for each of the newest 1,000 keys, without anything that opens. */
export async function listKeysOnHost(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { workspace: { type: 'string' } } })
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ actIn, clock }) => {
    const { database, scope } = actIn(workspaceId, 'hyponema api-key list')
    const rows = await database.withWorkspace(scope, (tx) => listApiKeys(tx, { cursor: undefined, limit: 1000 }))
    for (const row of rows.slice(0, 1000)) process.stdout.write(`${lineOf(renderApiKey(row), clock.nowMs())}\n`)
  })
}

function lineOf(key: ApiKey, nowMs: number): string {
  return [
    key.id,
    `${key.mode} ...${key.hint}`,
    stateOf(key, nowMs),
    key.last_used_at === null ? 'never used' : `used ${key.last_used_at}`,
    `${key.failed_count} wrong secrets`,
    key.scopes.join(','),
    plain(key.label),
  ].join('  ')
}

function stateOf(key: ApiKey, nowMs: number): string {
  if (key.revoked_at !== null) return `revoked ${key.revoked_at}`
  if (key.expires_at === null) return 'live'
  return Date.parse(key.expires_at) > nowMs ? `live until ${key.expires_at}` : `expired ${key.expires_at}`
}

/** An operator's words reach the terminal of the host without what moves its cursor. */
function plain(label: string): string {
  return label.replaceAll(/\p{C}/gu, '?')
}
