import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeId, type Role, type Scope, type Uuid } from '@hyponema/contract'
import { composeServer, type Server } from '../../packages/server/src/commands/compose-server.ts'
import type { Installation } from '../../packages/server/src/commands/open-installation.ts'
import { openSpeech } from '../../packages/server/src/commands/open-speech.ts'
import type { ServerParts } from '../../packages/server/src/commands/server-parts.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { createApiKey } from '../../packages/server/src/features/api-keys/public.ts'
import { createWorkspace } from '../../packages/server/src/features/workspaces/public.ts'
import { auditedTransaction } from '../../packages/server/src/guards/audited-transaction.ts'
import { parseRanges } from '../../packages/server/src/guards/client-address.ts'
import { issueOperatorToken } from '../../packages/server/src/guards/operator-token.ts'
import type { Clock } from '../../packages/server/src/kernel/clock.ts'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import type { Principal } from '../../packages/server/src/kernel/principal.ts'
import { provenScope, type WorkspaceScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import { asKeyService, type KeyService } from '../../packages/server/src/platform/crypto/key-service.ts'
import { type Keyring, loadOrCreateKeyring } from '../../packages/server/src/platform/crypto/keyring.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { loadEvidenceSigner } from '../../packages/server/src/platform/crypto/load-evidence-signer.ts'
import { loadOrCreateSigningKeys } from '../../packages/server/src/platform/crypto/signing-keys.ts'
import type { Mail } from '../../packages/server/src/platform/email/mail.ts'
import { createFolderLogStore } from '../../packages/server/src/platform/objects/folder-log-store.ts'
import { createFolderObjectStore } from '../../packages/server/src/platform/objects/folder-object-store.ts'
import type { OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { askAs } from '../../packages/server/src/platform/postgres/ask-as.ts'
import { type Database, openDatabase } from '../../packages/server/src/platform/postgres/database.ts'
import type { DatabaseAddress } from '../../packages/server/src/platform/postgres/database-address.ts'
import { listenSignals } from '../../packages/server/src/platform/postgres/listen-signals.ts'
import { type LoginPool, openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { createLogger } from '../../packages/server/src/platform/telemetry/create-logger.ts'
import { freshDatabase } from '../harness/fresh-database.ts'
import { type Answer, type Call, type Caller, createCaller } from './call-api.ts'
import { createFakeModelDoor, type FakeModelDoor } from './fake-model-door.ts'
import { watchCodes } from './unlisted-codes.ts'

export { askAs }

/** Ids keep to the system's clock, because the database refuses ids of another time; everything else goes by this one. */
export const newId: () => Uuid = idMaker(systemClock)

export const publicOrigin = 'http://127.0.0.1:4700'

/** Every scope that a key may hold. */
export const allScopes: readonly Scope[] = [
  'workspace:write',
  'transcripts:read',
  'decisions:read',
  'traces:read',
  'escalations:read',
  'escalations:write',
  'audit:read',
  'privacy:read',
  'privacy:write',
  'webhooks:admin',
]

type KeyLimits = {
  readonly agents?: readonly Uuid[]
  readonly addresses?: readonly string[]
  readonly mode?: 'live' | 'test'
  readonly expiresAt?: Date
}

export type TestMember = {
  readonly id: Uuid
  readonly identityId: Uuid
  readonly email: string
  /** As the API writes it. */
  readonly operator: string
  /** An access token of the membership as it is now. */
  readonly token: () => Promise<string>
}

export type ApiWorkspace = {
  readonly id: Uuid
  readonly scope: WorkspaceScope
  /** A key with every scope. */
  readonly key: string
  readonly makeKey: (scopes: readonly Scope[], limits?: KeyLimits) => Promise<string>
  /** A token of the one member of that role, who is made at the first call. */
  readonly makeOperatorToken: (role?: Role) => Promise<string>
  /** A new member, planted beside the API, so that no audit event of it stands in the log. */
  readonly makeMember: (role: Role, person?: { identityId?: Uuid; email?: string }) => Promise<TestMember>
  /** Calls the API with the key of this workspace, unless `call.credential` says otherwise. */
  readonly call: (method: string, path: string, call?: Call) => Promise<Answer>
}

export type Api = Server & {
  readonly a: ApiWorkspace
  readonly b: ApiWorkspace
  /** One more. */
  readonly makeWorkspace: () => Promise<ApiWorkspace>
  readonly installation: Installation
  /** Where the database is, for a process of a test's own. */
  readonly address: DatabaseAddress
  readonly signingKeysPath: string
  readonly objectsFolder: string
  readonly clock: Clock
  /** Moves the clock of the server on. */
  readonly pass: (milliseconds: number) => void
  /** Stops the clock of the server until the function that comes back is called. */
  readonly holdClock: () => () => void
  readonly bootId: Uuid
  readonly door: FakeModelDoor
  /** What was logged, as JSON lines. */
  readonly logged: readonly string[]
  /** One statement as the superuser, who sees all rows. */
  readonly ask: <Row extends Record<string, unknown>>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>
  /** Hears the signals of the database, as a server does. */
  readonly hearSignals: () => Promise<void>
  readonly setDraining: (draining: boolean) => void
  /** A second server process, as far as a test can have one: connections, keyring and state of its own, one database. */
  readonly openAnother: (changes?: { keyring?: Keyring; clock?: Clock }) => Promise<Server & { readonly call: Caller }>
  /** What went out by mail. */
  readonly mails: readonly Mail[]
  readonly failMail: (fails: boolean) => void
  /** Throws when something was answered that the OpenAPI document does not list for its route. */
  readonly close: () => Promise<void>
}

/** As in a server: one for the process. */
const speechEngines = openSpeech(() => undefined)

export type ApiOptions = {
  readonly lockTimeoutMs?: number
  /** Where the server finds its database instead: at something that stands between. */
  readonly through?: (address: DatabaseAddress) => Promise<DatabaseAddress>
  /** Other doors than those of the product, or listeners on them. */
  readonly wrapDatabase?: (database: Database) => Database
  readonly signInPorts?: ServerParts['signInPorts']
  /** In place of keeping what goes out in `mails`. */
  readonly sendMail?: ServerParts['sendMail'] | 'none'
  readonly pages?: ServerParts['pages']
  /** In place of the fake provider: a door to servers of the test. */
  readonly outboundDoor?: OutboundDoor
  /** Where the keys of credentials lie instead of in the keyring. */
  readonly credentialKeys?: (keyring: Keyring) => KeyService<'credentials'>
  /** Where a browser finds it, for those tests that listen on a port. */
  readonly publicOrigin?: string
  readonly operatorLimits?: ServerParts['operatorLimits']
  /** For suites that run a sealer: how long critical acts wait for it. */
  readonly sealWaitMs?: number
}

/** The whole server on a database of its own, called without a port, with two workspaces. */
export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const fresh = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'hyponema-api-'))
  const objectsFolder = join(folder, 'objects')
  let offsetMs = 0
  let heldMs: number | undefined
  const clock: Clock = { nowMs: () => (heldMs ?? Date.now()) + offsetMs }
  const keyring = await loadOrCreateKeyring(join(folder, 'keyring.json'), { clock })
  const signingKeysPath = join(folder, 'signing-keys.json')
  const signingKeys = await loadOrCreateSigningKeys(signingKeysPath, {
    keys: keyringKeyService(keyring, 'signing'),
    clock,
  })
  const limits = options.lockTimeoutMs === undefined ? {} : { lockTimeoutMs: options.lockTimeoutMs }
  const address = (await options.through?.(fresh.address)) ?? fresh.address
  const opened = openDatabase({ address, logins: fresh.logins, limits })
  const database = options.wrapDatabase?.(opened) ?? opened
  const admin = openLoginPool({ address: fresh.address, login: fresh.superuser, limits: { maxConnections: 2 } })
  const installation: Installation = {
    database,
    logins: fresh.logins,
    keyring,
    signingKeys,
    evidence: await loadEvidenceSigner(join(folder, 'evidence-keys.json'), {
      keys: keyringKeyService(keyring, 'signing'),
      clock,
    }),
    credentialKeys: options.credentialKeys?.(keyring) ?? asKeyService(keyringKeyService(keyring, 'credentials')),
    keyAdministration: undefined,
    objects: createFolderObjectStore(objectsFolder),
    logs: createFolderLogStore(objectsFolder),
    closeKeys: () => Promise.resolve(keyring.destroy()),
  }
  const logged: string[] = []
  const door = createFakeModelDoor()
  const bootId = newId()
  const state = { draining: false, mailFails: false }
  const mails: Mail[] = []
  const recordMail = async (mail: Mail): Promise<void> => {
    if (state.mailFails) throw new Error('no mail server answered')
    mails.push(mail)
  }
  const parts: ServerParts = {
    // Called without a socket the peer is 0.0.0.0; trusting it lets each call come from an address of its own.
    trustedProxies: parseRanges(['0.0.0.0/32']),
    config: {
      ...readConfig({ environment: {}, workingFolder: folder }),
      publicOrigin: options.publicOrigin ?? publicOrigin,
    },
    installation,
    clock,
    newId,
    bootId,
    log: createLogger('info', { write: (line: string) => void logged.push(line) }),
    door: options.outboundDoor ?? door,
    pages: options.pages,
    signInPorts: options.signInPorts,
    embedded: undefined,
    speech: await speechEngines,
    isDraining: () => state.draining,
    sealWaitMs: options.sealWaitMs ?? 0,
    operatorLimits: options.operatorLimits,
    sendMail: options.sendMail === 'none' ? undefined : (options.sendMail ?? recordMail),
  }
  const server = composeServer(parts)
  const others: (() => Promise<void>)[] = []
  const unlisted = watchCodes(server.app)
  const call = createCaller(server.app)
  const oneMore = () => makeWorkspace({ installation, clock, call, admin })
  const [a, b] = await Promise.all([oneMore(), oneMore()])
  return {
    ...server,
    a,
    b,
    makeWorkspace: oneMore,
    installation,
    address,
    signingKeysPath,
    objectsFolder,
    clock,
    pass: (milliseconds) => {
      offsetMs += milliseconds
    },
    holdClock: () => {
      heldMs = Date.now()
      return () => {
        heldMs = undefined
      }
    },
    bootId,
    door,
    logged,
    ask: (sql, parameters = []) => askAs(admin, sql, parameters),
    hearSignals: async () => {
      const listener = await listenSignals({
        address: fresh.address,
        login: fresh.logins.app,
        onSignal: (wake) => void Promise.all([server.host.onSignal(wake), server.operators.onSignal(wake)]),
        onGap: () => undefined,
      })
      others.push(() => listener.close())
    },
    setDraining: (draining) => {
      state.draining = draining
    },
    openAnother: async (changes = {}) => {
      const own = openDatabase({ address: fresh.address, logins: fresh.logins, limits })
      const another = composeServer({
        ...parts,
        bootId: newId(),
        clock: changes.clock ?? clock,
        installation: { ...installation, database: own, keyring: changes.keyring ?? keyring },
      })
      others.push(async () => {
        await another.host.drain()
        await own.close()
      })
      return { ...another, call: createCaller(another.app) }
    },
    mails,
    failMail: (fails) => {
      state.mailFails = fails
    },
    close: async () => {
      const lines = await unlisted()
      await server.operators.closeAll()
      await server.closeSignIn()
      await server.host.drain()
      await Promise.all(others.map((end) => end()))
      await database.close()
      await admin.close()
      await installation.closeKeys()
      await fresh.drop()
      await rm(folder, { recursive: true, force: true })
      if (lines.length > 0)
        throw new Error(`the OpenAPI document does not list what was answered:\n${lines.join('\n')}`)
    },
  }
}

async function makeWorkspace(parts: {
  installation: Installation
  clock: Clock
  call: ReturnType<typeof createCaller>
  admin: LoginPool
}): Promise<ApiWorkspace> {
  const { installation, clock } = parts
  const id = newId()
  const scope = provenScope(id)
  const principal: Principal = { kind: 'system', scope, name: 'test' }
  const act = { database: installation.database, clock, newId, scope, principal }
  await auditedTransaction(act, (tx) => createWorkspace(tx, { name: `workspace ${id}` }))
  const makeKey: ApiWorkspace['makeKey'] = (scopes, limits = {}) =>
    auditedTransaction(act, (tx) =>
      createApiKey(tx, {
        newId,
        keyring: installation.keyring,
        label: 'test key',
        mode: limits.mode ?? 'test',
        scopes,
        allowedAddresses: limits.addresses ?? null,
        allowedAgents: limits.agents ?? null,
        createdBy: 'test',
        expiresAt: limits.expiresAt ?? null,
      }),
    )
  const key = await makeKey(allScopes)
  const makeMember = memberMaker(parts, id)
  const members = new Map<Role, Promise<TestMember>>()
  return {
    id,
    scope,
    key,
    makeKey,
    makeMember,
    makeOperatorToken: async (role = 'owner') => {
      const member = members.get(role) ?? makeMember(role)
      members.set(role, member)
      return (await member).token()
    },
    call: (method, path, call = {}) => parts.call(method, path, { credential: key, ...call }),
  }
}

function memberMaker(
  { installation, clock, admin }: { installation: Installation; clock: Clock; admin: LoginPool },
  workspaceId: Uuid,
): ApiWorkspace['makeMember'] {
  return async (role, person = {}) => {
    const [id, identityId] = [newId(), person.identityId ?? newId()]
    const email = person.email ?? `${encodeId('operator', id)}@example.com`
    await askAs(
      admin,
      `insert into tenant.memberships (workspace_id, id, identity_id, email, role, added_by) values ($1, $2, $3, $4, $5, 'test')`,
      [workspaceId, id, identityId, email, role],
    )
    const token = async (): Promise<string> => {
      const [row] = await askAs<{ version: number }>(
        admin,
        'select version from tenant.memberships where workspace_id = $1 and id = $2',
        [workspaceId, id],
      )
      const { signingKeys: keys } = installation
      const options = { keys, clock, workspaceId, operatorId: id, version: row?.version ?? 1, jti: newId() }
      return (await issueOperatorToken(options)).token
    }
    return { id, identityId, email, operator: encodeId('operator', id), token }
  }
}
