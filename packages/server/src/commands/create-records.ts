import { parseArgs } from 'node:util'
import {
  decodeId,
  encodeId,
  type Permission,
  permissions,
  type Role,
  roles,
  type Scope,
  type Uuid,
} from '@hyponema/contract'
import type { Config } from '../config.ts'
import { createApiKey } from '../features/api-keys/public.ts'
import { createWorkspace, findWorkspace } from '../features/workspaces/public.ts'
import { parseApiKey } from '../guards/api-key-text.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { issueOperatorToken } from '../guards/operator-token.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { idMaker } from '../kernel/new-id.ts'
import type { Principal } from '../kernel/principal.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { readAddressFile } from './address-file.ts'
import { readDemoFile } from './demo-file.ts'
import {
  configuredAddress,
  type Installation,
  installationFiles,
  needsRunningServer,
  openInstallation,
} from './open-installation.ts'

const dayMs = 24 * 60 * 60 * 1000

/** `hyponema workspace create NAME`: prints the new workspace's id. */
export async function workspaceCommand(config: Config, args: readonly string[]): Promise<void> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
  const [verb, ...words] = positionals
  const name = words.join(' ').trim()
  if (verb !== 'create' || name === '' || name.length > 200)
    throw new StartupRefusal('Write: hyponema workspace create "NAME" (1 to 200 characters).')
  await onHost(config, async ({ installation, clock }) => {
    const newId = idMaker(clock)
    const workspaceId = newId()
    await auditedTransaction({ ...act(installation, clock, workspaceId, 'hyponema workspace create'), newId }, (tx) =>
      createWorkspace(tx, { name }),
    )
    process.stdout.write(`${encodeId('workspace', workspaceId)}\n`)
  })
}

/** `hyponema api-key create --workspace ID --label TEXT [--scopes a,b] [--mode live|test] [--days N]`: prints the key once. */
export async function apiKeyCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
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
  if (positionals[0] !== 'create') {
    throw new StartupRefusal(
      'Write: hyponema api-key create --workspace wsp_... [--label TEXT] [--scopes agents:read,...] [--mode live|test] [--days N].',
    )
  }
  const workspaceId = await readWorkspace(config, values.workspace)
  const scopes = values.scopes.split(',').map(readScope)
  const { mode } = values
  if (mode !== 'live' && mode !== 'test') throw new StartupRefusal('--mode is live or test.')
  const days = values.days === undefined ? undefined : readDays(values.days)
  await onHost(config, async ({ installation, clock }) => {
    const newId = idMaker(clock)
    const key = await auditedTransaction(
      { ...act(installation, clock, workspaceId, 'hyponema api-key create'), newId },
      async (tx) => {
        if ((await findWorkspace(tx)) === undefined)
          throw new StartupRefusal(`There is no workspace ${encodeId('workspace', workspaceId)}.`)
        return createApiKey(tx, {
          newId,
          keyring: installation.keyring,
          label: values.label,
          mode,
          scopes,
          allowedAddresses: values['allowed-addresses']?.split(',') ?? null,
          allowedAgents: values['allowed-agents']?.split(',').map(readAgent) ?? null,
          createdBy: 'host',
          expiresAt: days === undefined ? null : new Date(clock.nowMs() + days * dayMs),
        })
      },
    )
    process.stdout.write(`${key}\n`)
  })
}

/** `hyponema operator-token create [--workspace ID] [--role ROLE]`: prints an access token of 10 minutes. */
export async function operatorTokenCommand(config: Config, args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { workspace: { type: 'string' }, role: { type: 'string', default: 'owner' } },
  })
  const role = roles.find((one) => one === values.role)
  if (positionals[0] !== 'create' || role === undefined) {
    throw new StartupRefusal(`Write: hyponema operator-token create --workspace wsp_... [--role ${roles.join('|')}].`)
  }
  const workspaceId = await readWorkspace(config, values.workspace)
  await onHost(config, async ({ installation, clock }) => {
    const newId = idMaker(clock)
    const operatorId = newId()
    const token = await issueToken({ installation, clock, workspaceId, operatorId, role, jti: newId() })
    await auditedTransaction(
      { ...act(installation, clock, workspaceId, 'hyponema operator-token create'), newId },
      (tx) =>
        tx.audit({ action: 'operator_token.created', target: { kind: 'operator', id: operatorId }, after: { role } }),
    )
    process.stdout.write(`${token}\n`)
  })
}

function issueToken(options: {
  installation: Installation
  clock: Clock
  workspaceId: Uuid
  operatorId: Uuid
  role: Role
  jti: Uuid
}) {
  return issueOperatorToken({ ...options, keys: options.installation.signingKeys })
}

function act(installation: Installation, clock: Clock, workspaceId: Uuid, name: string) {
  const scope = provenScope(workspaceId)
  const principal: Principal = { kind: 'system', scope, name }
  return { database: installation.database, clock, scope, principal }
}

async function onHost(
  config: Config,
  work: (parts: { installation: Installation; clock: Clock }) => Promise<void>,
): Promise<void> {
  const address = configuredAddress(config) ?? (await readAddressFile(installationFiles(config.homeFolder).address))
  if (address === undefined) throw needsRunningServer()
  const installation = await openInstallation({ config, clock: systemClock, address })
  try {
    await work({ installation, clock: systemClock })
  } finally {
    await installation.database.close()
    installation.keyring.destroy()
  }
}

/** The workspace of `--workspace`; without it the demo's, which its key names. */
async function readWorkspace(config: Config, text: string | undefined): Promise<Uuid> {
  const demo = text === undefined ? await readDemoFile(installationFiles(config.homeFolder).demo) : undefined
  const id = text === undefined ? parseApiKey(demo?.api_key ?? '')?.workspaceId : decodeId('workspace', text)
  if (id === undefined)
    throw new StartupRefusal('Say which workspace: --workspace wsp_..., as `hyponema workspace create` printed it.')
  return id
}

function readAgent(text: string): Uuid {
  const id = decodeId('agent', text.trim())
  if (id === undefined) throw new StartupRefusal(`--allowed-agents has "${text}"; write ids such as agt_....`)
  return id
}

function readScope(text: string): Scope {
  const scope = text.trim()
  if (scope === 'workspace:read' || scope === 'workspace:write') return scope
  if (!isKeyScope(scope))
    throw new StartupRefusal(`A key cannot have the scope "${scope}"; docs/permissions.md lists those it can have.`)
  return scope
}

function isKeyScope(text: string): text is Permission {
  return Object.entries(permissions).some(([name, grant]) => name === text && grant.key !== 'never')
}

function readDays(text: string): number {
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= 3650) return days
  throw new StartupRefusal('--days is a whole number from 1 to 3650.')
}
