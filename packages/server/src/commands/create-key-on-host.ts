import { parseArgs } from 'node:util'
import { encodeId, type Uuid } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { findExistingAgents } from '../features/agents/public.ts'
import { createApiKey } from '../features/api-keys/public.ts'
import { findWorkspace } from '../features/workspaces/public.ts'
import { type AuditedTx, auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'
import { readKeyLimits } from './read-key-limits.ts'

const dayMs = 24 * 60 * 60 * 1000

/** `hyponema api-key create --workspace ID --label TEXT [--scopes a,b] [--mode live|test] [--days N]`: prints the key once. */
export async function createKeyOnHost(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workspace: { type: 'string' },
      label: { type: 'string', default: 'made on the host' },
      scopes: { type: 'string', default: 'workspace:write' },
      mode: { type: 'string', default: 'live' },
      days: { type: 'string' },
      'allowed-addresses': { type: 'string' },
      'allowed-agents': { type: 'string' },
    },
  })
  const { label } = values
  if (label.trim() === '' || label.length > 200) throw new StartupRefusal('--label is a text of 1 to 200 characters.')
  const { days, ...limits } = readKeyLimits({
    scopes: values.scopes,
    mode: values.mode,
    days: values.days,
    allowedAddresses: values['allowed-addresses'],
    allowedAgents: values['allowed-agents'],
  })
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, clock, newId, actIn }) => {
    const key = await auditedTransaction(actIn(workspaceId, 'hyponema api-key create'), async (tx) => {
      if ((await findWorkspace(tx)) === undefined)
        throw new StartupRefusal(`There is no workspace ${encodeId('workspace', workspaceId)}.`)
      await refuseUnknownAgents(tx, limits.allowedAgents ?? [])
      return createApiKey(tx, {
        ...limits,
        newId,
        keyring: installation.keyring,
        label,
        createdBy: 'host',
        expiresAt: days === undefined ? null : new Date(clock.nowMs() + days * dayMs),
      })
    })
    process.stdout.write(`${key}\n`)
  })
}

/** A key for an agent that is not there would work for nothing, and nobody would see why. */
async function refuseUnknownAgents(tx: AuditedTx, agents: readonly Uuid[]): Promise<void> {
  const there = await findExistingAgents(tx, agents)
  const missing = agents.find((agent) => !there.has(agent))
  if (missing !== undefined)
    throw new StartupRefusal(`--allowed-agents has ${encodeId('agent', missing)}, which is not in this workspace.`)
}
