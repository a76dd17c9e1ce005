import { parseArgs } from 'node:util'
import { encodeId } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { createWorkspace } from '../features/workspaces/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { onHost } from './on-host.ts'

/** `hyponema workspace create NAME`: prints the new workspace's id. */
export async function workspaceCommand(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [verb, ...words] = positionals
  const name = words.join(' ').trim()
  if (verb !== 'create' || name === '' || name.length > 200)
    throw new StartupRefusal(`Write: ${ownCommand('workspace create')} "NAME" (1 to 200 characters).`)
  await onHost(config, async ({ newId, actIn }) => {
    const workspaceId = newId()
    await auditedTransaction(actIn(workspaceId, 'hyponema workspace create'), (tx) => createWorkspace(tx, { name }))
    process.stdout.write(`${encodeId('workspace', workspaceId)}\n`)
  })
}
