import { parseArgs } from 'node:util'
import { encodeId, type PolicyDocument } from '@hyponema/contract'
import type { Config } from '../config.ts'
import { listPublishedPolicies } from '../features/agents/public.ts'
import { checkFloors, findFloors, refusesFloors, updateFloors } from '../features/policies/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { installationScope } from '../platform/postgres/installation-scope.ts'
import { listWorkspaces } from '../platform/postgres/list-workspaces.ts'
import { type Host, onHost } from './on-host.ts'
import { readNamedFile } from './read-named-file.ts'

/** `hyponema floors set FILE | show | clear`: the rules above all workspaces, which live sessions follow at once. */
export async function floorsCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { anyway: { type: 'boolean', default: false } },
  })
  const [act, file, ...rest] = positionals
  if (act === 'set' && file !== undefined && rest.length === 0) {
    const document = checkFloors(await readNamedFile(file), file)
    return onHost(config, (host) => set(host, document, { anyway: values.anyway }))
  }
  if ((act !== 'show' && act !== 'clear') || file !== undefined)
    throw new StartupRefusal(`Write: ${ownCommand('floors')} set FILE [--anyway], or show, or clear.`)
  return onHost(config, (host) => (act === 'show' ? show(host) : clear(host)))
}

async function set(host: Host, document: PolicyDocument, { anyway }: { readonly anyway: boolean }): Promise<void> {
  const broken = anyway ? [] : await findBroken(host, document)
  if (broken.length > 0) {
    throw new StartupRefusal(
      `Nothing was set: ${broken.length} published agents cannot stand beside these floors as they are written.\n${broken.join('\n')}\nChange the floors or the agents; --anyway sets them all the same, and lines that they forbid are replaced by built-in ones.`,
    )
  }
  const version = await auditedTransaction(host.actIn(installationScope().workspaceId, 'hyponema floors set'), (tx) =>
    updateFloors(tx, document),
  )
  process.stdout.write(`Floors ${version} are in force; live sessions follow within a second.\n`)
}

/** One line for each published agent whose layers do not compile with these floors as they are written, and why. */
async function findBroken({ installation }: Host, document: PolicyDocument): Promise<readonly string[]> {
  const { database } = installation
  const broken: string[] = []
  for await (const scope of listWorkspaces(database.logins.worker)) {
    const found = await database.withWorkspace(scope, async (tx) => {
      const agents = await listPublishedPolicies(tx)
      return Promise.all(agents.map(async (agent) => ({ agent, why: await refusesFloors(tx, agent, document) })))
    })
    for (const { agent, why } of found) {
      if (why !== undefined)
        broken.push(`${encodeId('workspace', scope.workspaceId)} ${encodeId('agent', agent.id)} ${agent.name}: ${why}`)
    }
  }
  return broken
}

async function show({ installation }: Host): Promise<void> {
  const floors = await installation.database.withWorkspace(installationScope(), findFloors)
  if (floors?.document === undefined) process.stderr.write('No floors are set.\n')
  else process.stdout.write(`${JSON.stringify(floors.document, null, 2)}\n`)
}

async function clear(host: Host): Promise<void> {
  await auditedTransaction(host.actIn(installationScope().workspaceId, 'hyponema floors clear'), (tx) =>
    updateFloors(tx, undefined),
  )
  process.stdout.write('No floors are set any more; live sessions follow within a second.\n')
}
