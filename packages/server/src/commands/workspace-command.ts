import { parseArgs } from 'node:util'
import { encodeId } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { createWorkspace, findWorkspace, readLimits, updateLimits } from '../features/workspaces/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { ownCommand } from '../platform/own-command.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'
import { limitOptions, readLimitOptions } from './read-limit-options.ts'

/** `hyponema workspace create NAME` and `hyponema workspace limits [--workspace ID] [--live-sessions N ...]`. */
export async function workspaceCommand(config: Config, args: readonly string[]): Promise<void> {
  const [verb, ...rest] = args
  switch (verb) {
    case 'create':
      return create(config, rest)
    case 'limits':
      return limits(config, rest)
    default:
      throw new StartupRefusal(
        `Write: ${ownCommand('workspace create')} "NAME", or ${ownCommand('workspace limits')} --workspace wsp_... [${optionNames('|')} N].`,
      )
  }
}

/** Prints the new workspace's id. */
async function create(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const name = positionals.join(' ').trim()
  if (name === '' || name.length > 200)
    throw new StartupRefusal(`Write: ${ownCommand('workspace create')} "NAME" (1 to 200 characters).`)
  await onHost(config, async ({ newId, actIn }) => {
    const workspaceId = newId()
    await auditedTransaction(actIn(workspaceId, 'hyponema workspace create'), (tx) => createWorkspace(tx, { name }))
    process.stdout.write(`${encodeId('workspace', workspaceId)}\n`)
  })
}

/** Prints the limits as they are afterwards, as JSON; without a number nothing is changed. */
async function limits(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { ...limitOptions, workspace: { type: 'string' } } })
  const change = readLimitOptions(values)
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, actIn }) => {
    const scope = provenScope(workspaceId)
    if ((await installation.database.withWorkspace(scope, findWorkspace)) === undefined)
      throw new StartupRefusal(`There is no workspace ${encodeId('workspace', workspaceId)}.`)
    const now =
      Object.keys(change).length === 0
        ? await installation.database.withWorkspace(scope, readLimits)
        : await auditedTransaction(actIn(workspaceId, 'hyponema workspace limits'), (tx) => updateLimits(tx, change))
    process.stdout.write(`${JSON.stringify(now, null, 2)}\n`)
  })
}

function optionNames(separator: string): string {
  return Object.keys(limitOptions)
    .map((name) => `--${name}`)
    .join(separator)
}
