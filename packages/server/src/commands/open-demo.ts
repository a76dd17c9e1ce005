/**
 * The demo is seeded once for an installation, and its agent kept as this version has it (renew-demo.ts). Afterwards demo.json says where it is and bears its key; whatever becomes of
 * that file or of the key, the next start writes it anew for the same workspace, and says so.
 *
 * file reads, key valid -> as it is, with today's address | file reads, key dead -> new key | no file, or one that does not
 * read -> found in the installation's log, new key | found nowhere -> seeded.
 */
import { encodeId } from '@hyponema/contract'
import { findWorkspace } from '../features/workspaces/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { createApiKeyVerifier } from '../guards/verify-api-key.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { provenScope, type WorkspaceScope } from '../kernel/workspace-scope.ts'
import { createDemoKey } from './create-demo-key.ts'
import { type DemoFile, placeOf, readDemoFile, writeDemoFile } from './demo-file.ts'
import { demoMember } from './demo-member.ts'
import { type DemoPlace, findDemoRecord, recordDemo } from './demo-record.ts'
import type { Installation } from './open-installation.ts'
import { type DemoClinic, renewDemo } from './renew-demo.ts'
import { seedDemo } from './seed-demo.ts'

export type OpenDemo = {
  readonly demoScope: WorkspaceScope
  readonly file: DemoFile
  /** What was done and is not usual, in one line. */
  readonly notice: string | undefined
}

type Parts = { readonly installation: Installation; readonly clock: Clock; readonly newId: NewId }

export async function openDemo(
  options: Parts & { path: string; publicOrigin: string; clinic: DemoClinic },
): Promise<OpenDemo> {
  const { path, publicOrigin, installation, clinic } = options
  const known = await readDemoFile(path)
  const place = await findPlace(options, known)
  const opened =
    place === undefined ? { ...(await seedDemo(options)), notice: undefined } : await keyFor(options, place, known)
  if (place?.isRecorded !== true) await recordDemo(options, opened)
  const act = actIn(options, provenScope(opened.workspaceId))
  // Somebody has to be able to sign in to the demo; one of an earlier version has nobody yet.
  await demoMember(act, 'owner')
  await renewDemo({ installation, act, clinic }, opened.agentId)
  const agentId = encodeId('agent', opened.agentId)
  const file = await writeDemoFile(path, { apiKey: opened.apiKey, agentId }, publicOrigin)
  return { demoScope: provenScope(opened.workspaceId), file, notice: opened.notice }
}

function actIn({ installation, clock, newId }: Parts, scope: WorkspaceScope) {
  const principal = { kind: 'system', scope, name: 'demo-seed' } as const
  return { database: installation.database, clock, newId, scope, principal }
}

/** A workspace that this database does not have is none: the file came from another one, or the database is new. */
async function findPlace(
  { installation }: Parts,
  known: DemoFile | undefined,
): Promise<(DemoPlace & { readonly isRecorded: boolean }) | undefined> {
  const recorded = await findDemoRecord(installation)
  const filed = known === undefined ? undefined : placeOf(known)
  for (const place of [filed, recorded]) {
    if (place === undefined) continue
    const workspace = await installation.database.withWorkspace(provenScope(place.workspaceId), findWorkspace)
    if (workspace !== undefined) return { ...place, isRecorded: place.workspaceId === recorded?.workspaceId }
  }
  return undefined
}

async function keyFor(parts: Parts & { path: string }, place: DemoPlace, known: DemoFile | undefined) {
  if (known !== undefined && (await isAlive(parts, known)))
    return { ...place, apiKey: known.api_key, notice: undefined }
  const act = actIn(parts, provenScope(place.workspaceId))
  const apiKey = await auditedTransaction(act, (tx) => createDemoKey(tx, parts))
  const reason = known === undefined ? 'could not be read' : 'held a key that has expired'
  return { ...place, apiKey, notice: `${parts.path} ${reason}; it has a new key for the same demo workspace now.` }
}

/** Judged as a request with it would be. */
async function isAlive({ installation, clock }: Parts, { api_key: key }: DemoFile): Promise<boolean> {
  const { database, keyring } = installation
  const verify = createApiKeyVerifier({ database, keyring, clock, onUsed: () => undefined, onFailed: () => undefined })
  try {
    await verify(key, { requestId: 'start', address: '127.0.0.1', userAgent: '', origin: undefined })
    return true
  } catch (error) {
    if (error instanceof AppError && isDead.has(error.code)) return false
    throw error
  }
}

const isDead: ReadonlySet<string> = new Set(['api_key.invalid', 'api_key.address_refused', 'keyring.key_missing'])
