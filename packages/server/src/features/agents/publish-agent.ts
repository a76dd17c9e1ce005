import type { AgentDocument, Uuid } from '@hyponema/contract'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { canonicalJson } from '../../platform/crypto/canonical-json.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'
import type { IsOpened } from '../credentials/public.ts'
import { checkSources } from '../knowledge/public.ts'
import { findLayers, listLoosened, takeLayerTurn } from '../policies/public.ts'
import { checkPins, insertToolPins, type ServerReading } from '../tools/public.ts'
import { checkCredential } from './check-credential.ts'
import { checkLaunch } from './check-launch.ts'
import { type CheckedTargets, requireChecked } from './check-targets.ts'
import { insertVersion, lastVersionNumber, lockAgent, setPublishedVersion } from './store.ts'
import { testAgentPolicy } from './test-agent-policy.ts'

/**
 * Publishes the draft as the next immutable version and makes it current. The policy must compile and pass its own
 * tests, the credential must exist, the launch gate must let a sensitive agent through, and what tool servers say of their tools
 * must be new or approved; it is pinned to the version.
 */
export async function publishAgent(
  tx: AuditedTx,
  input: {
    principal: Principal
    clock: Clock
    id: Uuid
    note: string | undefined
    judged: CheckedTargets
    isOpened: IsOpened
    /** What the tool servers of the draft said a moment ago. */
    readings: readonly ServerReading[]
    /** Digests of lists that a person has looked at. */
    approvedTools: readonly string[]
  },
): Promise<number> {
  requireAgentAllowed(input.principal, input.id)
  await takeLayerTurn(tx)
  const agent = await lockAgent(tx, input.id)
  if (agent === undefined) throw notFound('agent')
  const held = await findLayers(tx, { id: agent.id, policy: agent.draft.policy })
  await testAgentPolicy(agent.draft, held)
  checkLaunch(agent.draft, held.layers)
  await checkCredential(tx, agent.draft, input.isOpened)
  await checkSources(tx, agent.draft, { prefix: '', areReady: true })
  requireChecked(agent.draft, input.judged)
  requireRead(agent.draft, input.readings)
  const { readings, approvedTools } = input
  const pins = await checkPins(tx, { agentId: agent.id, version: agent.publishedVersion, readings, approvedTools })
  const version = (await lastVersionNumber(tx, input.id)) + 1
  const digest = sha256(canonicalJson(agent.draft))
  const publisher = principalName(input.principal)
  await insertVersion(tx, {
    agentId: input.id,
    version,
    document: agent.draft,
    sha256: digest,
    note: input.note ?? null,
    publishedBy: publisher.id,
  })
  await insertToolPins(tx, { agentId: input.id, version }, pins)
  await setPublishedVersion(tx, { id: input.id, version, now: new Date(input.clock.nowMs()) })
  await tx.audit({
    action: 'agent.published',
    target: { kind: 'agent', id: input.id },
    before: { published_version: agent.publishedVersion },
    after: {
      published_version: version,
      sha256: digest.toString('hex'),
      waivers: agent.draft.waivers,
      ...listLoosened(agent.draft.policy),
      ...(pins.length === 0 ? {} : { tools: pins.map(({ server, sha256: tools }) => ({ server, sha256: tools })) }),
    },
  })
  return version
}

/** The draft may be another one by now. */
function requireRead({ tools }: AgentDocument, readings: readonly ServerReading[]): void {
  const servers = tools.filter((tool) => typeof tool !== 'string' && tool.kind === 'mcp')
  if (canonicalJson(servers) === canonicalJson(readings.map(({ server }) => server))) return
  throw new AppError('request.conflict', 'the draft has got other tool servers while it was being published')
}
