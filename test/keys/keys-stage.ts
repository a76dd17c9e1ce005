/** An installation with sealed things in several workspaces, and the commands for keys on it, in this process. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Uuid } from '@hyponema/contract'
import { vi } from 'vitest'
import { z } from 'zod'
import { installationFiles } from '../../packages/server/src/commands/installation-files.ts'
import { keysCommand } from '../../packages/server/src/commands/keys-command.ts'
import { type Installation, openInstallation } from '../../packages/server/src/commands/open-installation.ts'
import { type Config, readConfig } from '../../packages/server/src/config.ts'
import {
  findSealedVersions,
  insertCredential,
  sealNewCredential,
} from '../../packages/server/src/features/credentials/public.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { createContentKeys } from '../../packages/server/src/guards/content-keys.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { StartupRefusal } from '../../packages/server/src/kernel/startup-refusal.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { createCredentialSealer } from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { Secret } from '../../packages/server/src/platform/crypto/secret.ts'
import { writeSecretFile } from '../../packages/server/src/platform/crypto/write-secret-file.ts'
import { askAs } from '../../packages/server/src/platform/postgres/ask-as.ts'
import { parseDatabaseUrl } from '../../packages/server/src/platform/postgres/database-address.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { freshDatabase } from '../harness/fresh-database.ts'
import { newId } from '../isolation/scratch-database.ts'

const keyringSchema = z.looseObject({
  entries: z.array(
    z.looseObject({ id: z.string(), purpose: z.string(), state: z.string(), key: z.string(), created_at: z.string() }),
  ),
})
export type KeyringEntries = z.infer<typeof keyringSchema>['entries']

export type CommandResult = { readonly code: number; readonly out: string; readonly err: string }

/** `more`: further settings, such as those of a key service. */
export async function openKeysStage(more: Readonly<Record<string, string>> = {}) {
  const fresh = await freshDatabase()
  const home = await mkdtemp(join(tmpdir(), 'hyponema-key-rotation-'))
  const files = installationFiles(home)
  await writeSecretFile(files.logins, JSON.stringify(fresh.logins))
  const environment = { ...more, HYPONEMA_HOME: home, DATABASE_URL: fresh.databaseUrl }
  const config: Config = readConfig({ environment })
  const address = parseDatabaseUrl(fresh.databaseUrl)
  const admin = openLoginPool({ address: fresh.address, login: fresh.superuser, limits: { maxConnections: 2 } })
  /** As a server that runs: it has read the keyring once and follows it. */
  const installation: Installation = await openInstallation({ config, clock: systemClock, address })
  const { database, keyring } = installation
  const sealer = createCredentialSealer(installation.credentialKeys)
  const contentKeys = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })

  const makeWorkspace = async (): Promise<WorkspaceScope> => {
    const scope = provenScope(newId())
    const principal = { kind: 'system' as const, scope, name: 'test' }
    const act = { database, clock: systemClock, newId, scope, principal }
    await auditedTransaction(act, (tx) => createWorkspace(tx, { name: 'A workspace' }))
    return scope
  }
  const sealCredential = async (scope: WorkspaceScope, text: string): Promise<Uuid> => {
    const id = newId()
    const secret = new Secret(Buffer.from(text))
    const kind = 'model'
    const named = {
      id,
      kind,
      provider: 'openai',
      label: 'key',
      hint: '1234',
      baseUrl: null,
      createdBy: 'test',
    } as const
    const sealed = await sealNewCredential(sealer, { workspaceId: scope.workspaceId, credentialId: id, kind }, secret)
    await database.withWorkspace(scope, (tx) => insertCredential(tx, named, sealed))
    secret.destroy()
    return id
  }
  const openCredential = async (scope: WorkspaceScope, id: Uuid): Promise<string> => {
    const stored = (await database.withWorkspace(scope, (tx) => findSealedVersions(tx, [id]))).get(id)
    if (stored === undefined) throw new Error(`no credential ${id}`)
    const secret = await sealer.open({ workspaceId: scope.workspaceId, ...stored }, stored)
    const text = secret.use((bytes) => bytes.toString('utf8'))
    secret.destroy()
    return text
  }
  const makeUser = async (scope: WorkspaceScope): Promise<Uuid> => {
    const id = newId()
    const { key, store } = contentKeys.makeUserKey(scope.workspaceId, id)
    key.destroy()
    const index = await database.withWorkspace(scope, (tx) => contentKeys.blindIndex(tx, id))
    await askAs(
      admin,
      "insert into tenant.users (workspace_id, id, external_id_index, external_id) values ($1, $2, $3, '\\x00')",
      [scope.workspaceId, id, index],
    )
    await database.withWorkspace(scope, store)
    return id
  }
  /** Throws where the user's key or the workspace's does not open; with keys that nobody has remembered. */
  const openUser = async (scope: WorkspaceScope, id: Uuid): Promise<void> => {
    const asked = createContentKeys({ epochKeys: keyringKeyService(keyring, 'epoch'), newId })
    await database.withWorkspace(scope, async (tx) => {
      await asked.blindIndex(tx, id)
      const key = await asked.forUser(tx, id)
      key.destroy()
    })
  }
  const readEntries = async (): Promise<KeyringEntries> =>
    keyringSchema.parse(JSON.parse(await readFile(files.keyring, 'utf8'))).entries
  const writeEntries = (entries: KeyringEntries): Promise<void> =>
    writeFile(files.keyring, JSON.stringify({ format: 1, entries }), { mode: 0o600 })

  return {
    config,
    environment,
    files,
    installation,
    makeWorkspace,
    sealCredential,
    openCredential,
    makeUser,
    openUser,
    readEntries,
    writeEntries,
    ask: <Row extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []) =>
      askAs<Row>(admin, sql, parameters),
    run: (...args: string[]) => runHere(() => keysCommand(config, args)),
    /** The same with other settings. */
    runWith: (others: Readonly<Record<string, string>>, ...args: string[]) =>
      runHere(() => keysCommand(readConfig({ environment: { ...environment, ...others } }), args)),
    /** As if the keys had been made that long ago. */
    ageKeys: async (byMs: number): Promise<void> =>
      writeEntries(
        (await readEntries()).map((entry) => ({
          ...entry,
          created_at: new Date(Date.parse(entry.created_at) - byMs).toISOString(),
        })),
      ),
    close: async () => {
      await database.close()
      await installation.closeKeys()
      await admin.close()
      await fresh.drop()
      await rm(home, { recursive: true, force: true })
    },
  }
}

export type KeysStage = Awaited<ReturnType<typeof openKeysStage>>

/** What a command prints, and its refusal as main.ts would end with it. */
async function runHere(command: () => Promise<void>): Promise<CommandResult> {
  const written = { out: '', err: '' }
  const listen = (stream: 'stdout' | 'stderr', to: 'out' | 'err') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[to] += String(text)
      return true
    })
  const spies = [listen('stdout', 'out'), listen('stderr', 'err')]
  try {
    await command()
    return { code: 0, ...written }
  } catch (error) {
    if (!(error instanceof StartupRefusal)) throw error
    return { code: 1, out: written.out, err: `${written.err}${error.message}` }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
