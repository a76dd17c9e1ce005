/**
 * Keeps the demo's agent as this version of Hyponema has it, with its handbook and its booking desk: at the seed, after an update,
 * and when the desk listens on another port. Whatever a person has changed is theirs and stays as it is.
 *
 * nothing published, draft as it was made -> published | published by us, draft the same -> compared, and published anew where it
 * differs | anything else -> left alone
 */
import { type AgentDocument, decodeId, type Uuid } from '@hyponema/contract'
import {
  checkTargets,
  type DemoSurroundings,
  findAgent,
  findAgentVersion,
  publishAgent,
  renderDemoAgent,
  updateAgent,
} from '../features/agents/public.ts'
import {
  createCredential,
  deleteCredential,
  findLiveCredential,
  sealProviderKey,
} from '../features/credentials/public.ts'
import { type AuditedTransaction, auditedTransaction } from '../guards/audited-transaction.ts'
import { principalName } from '../kernel/principal-name.ts'
import { canonicalJson } from '../platform/crypto/canonical-json.ts'
import { createCredentialSealer } from '../platform/crypto/credential-sealer.ts'
import type { OutboundDoor } from '../platform/outbound/outbound-door.ts'
import type { Desk } from './open-desk.ts'
import type { Installation } from './open-installation.ts'
import { takeInHandbook } from './take-in-handbook.ts'

/** What the demo has around it, besides its agent. */
export type DemoClinic = {
  readonly desk: Pick<Desk, 'origin' | 'key' | 'credentialId' | 'keep'> | undefined
  /** Undefined: the agent answers without one. */
  readonly handbookPath: string | undefined
  readonly door: Pick<OutboundDoor, 'judge' | 'isOpened'>
  readonly warn: (sentence: string, error: unknown) => void
}

type Parts = { readonly installation: Installation; readonly act: AuditedTransaction; readonly clinic: DemoClinic }

export async function renewDemo(parts: Parts, agentId: Uuid): Promise<void> {
  const { act, clinic } = parts
  const found = await act.database.withWorkspace(act.scope, (tx) =>
    findOurs(tx, agentId, principalName(act.principal).id),
  )
  if (found === undefined) return
  const named = surroundingsOf(found.document)
  const handbook = await orElse(parts, named.handbook, () => ensureHandbook(parts))
  const desk = await orElse(parts, named.desk, () => ensureDesk(parts))
  const document = renderDemoAgent({ handbook, desk })
  if (found.isPublished && canonicalJson(document) === canonicalJson(found.document)) return
  const formerCredential = named.desk?.credentialId === desk?.credentialId ? undefined : named.desk?.credentialId
  try {
    await publish(parts, { agentId, document, draftRevision: found.draftRevision, formerCredential })
  } catch (error) {
    clinic.warn('the demo could not be renewed', error)
    if (found.isPublished) return
    const alone = renderDemoAgent({ handbook: undefined, desk: undefined })
    await publish(parts, { agentId, document: alone, draftRevision: found.draftRevision, formerCredential: undefined })
  }
}

type Renewal = {
  readonly agentId: Uuid
  readonly document: AgentDocument
  readonly draftRevision: number
  /** Nobody names it any more. */
  readonly formerCredential: Uuid | undefined
}

async function publish({ act, clinic }: Parts, renewal: Renewal): Promise<void> {
  const { agentId: id, document, draftRevision, formerCredential } = renewal
  const { principal, clock, scope } = act
  const { isOpened } = clinic.door
  const judged = await checkTargets({ database: act.database, door: clinic.door }, { scope, document, below: '' })
  await auditedTransaction(act, async (tx) => {
    await updateAgent(tx, { principal, clock, id, isOpened, name: undefined, document, draftRevision })
    const note = 'The demo as it ships'
    await publishAgent(tx, { principal, clock, id, isOpened, note, judged, readings: [], approvedTools: [] })
    if (formerCredential !== undefined && (await findLiveCredential(tx, formerCredential)) !== undefined)
      await deleteCredential(tx, formerCredential)
  })
}

type Ours = { readonly document: AgentDocument; readonly draftRevision: number; readonly isPublished: boolean }

/** Undefined when somebody else has changed the draft or has published. */
async function findOurs(tx: Parameters<typeof findAgent>[0], id: Uuid, ourName: string): Promise<Ours | undefined> {
  const agent = await findAgent(tx, id)
  if (agent === undefined) return undefined
  const { draft: document, draftRevision, publishedVersion } = agent
  if (publishedVersion === null)
    return draftRevision === 1 ? { document, draftRevision, isPublished: false } : undefined
  const version = await findAgentVersion(tx, id, publishedVersion)
  const isOurs = version?.publishedBy === ourName && canonicalJson(version.document) === canonicalJson(document)
  return isOurs ? { document, draftRevision, isPublished: true } : undefined
}

/** What an agent of ours names already. */
function surroundingsOf({ knowledge, tools }: AgentDocument): DemoSurroundings {
  const tool = tools.find((one) => typeof one !== 'string' && one.kind === 'http' && one.name === 'book_visit')
  if (typeof tool !== 'object' || tool.kind !== 'http') return { handbook: sourceOf(knowledge), desk: undefined }
  const credentialId = decodeId('credential', tool.auth?.credential_id ?? '')
  const { origin } = new URL(tool.url)
  return { handbook: sourceOf(knowledge), desk: credentialId === undefined ? undefined : { origin, credentialId } }
}

function sourceOf({ sources }: AgentDocument['knowledge']): Uuid | undefined {
  return decodeId('knowledge', sources[0] ?? '')
}

/** A demo that cannot have everything has what it had. */
async function orElse<Thing>(
  { clinic }: Parts,
  former: Thing | undefined,
  get: () => Promise<Thing | undefined>,
): Promise<Thing | undefined> {
  try {
    return (await get()) ?? former
  } catch (error) {
    clinic.warn('a part of the demo could not be made; it goes on without', error)
    return former
  }
}

async function ensureHandbook({ installation, act, clinic }: Parts): Promise<Uuid | undefined> {
  const { handbookPath: path } = clinic
  if (path === undefined) return undefined
  return takeInHandbook({ installation, act, path }, (error) =>
    clinic.warn('the handbook of the demo was not read', error),
  )
}

/** Its key is sealed for the origin at which it listens; for another one it is sealed again. */
async function ensureDesk({ installation, act, clinic }: Parts): Promise<DemoSurroundings['desk']> {
  const { desk } = clinic
  if (desk === undefined) return undefined
  const { origin, key, credentialId: known } = desk
  const kept =
    known === undefined ? undefined : await act.database.withWorkspace(act.scope, (tx) => findLiveCredential(tx, known))
  if (kept?.baseUrl === origin) return { origin, credentialId: kept.id }
  const credential = {
    kind: 'internal_api',
    provider: 'booking_desk',
    label: 'Booking desk of the demo',
    base_url: origin,
    secret: key,
  } as const
  const sealer = createCredentialSealer(installation.credentialKeys)
  const sealed = await sealProviderKey({ newId: act.newId, sealer }, act.scope.workspaceId, credential)
  const credentialId = await auditedTransaction(act, (tx) =>
    createCredential(tx, { ...sealed, principal: act.principal, credential }),
  )
  await desk.keep(credentialId)
  return { origin, credentialId }
}
