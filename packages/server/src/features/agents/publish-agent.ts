import type { Uuid } from '@hyponema/contract'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { canonicalJson } from '../../platform/crypto/canonical-json.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'
import type { IsOpened } from '../credentials/public.ts'
import { checkSources } from '../knowledge/public.ts'
import { checkCredential } from './check-credential.ts'
import { checkLaunch } from './check-launch.ts'
import { type CheckedTargets, requireChecked } from './check-targets.ts'
import { insertVersion, lastVersionNumber, lockAgent, setPublishedVersion } from './store.ts'
import { testAgentPolicy } from './test-agent-policy.ts'

/**
 * Publishes the draft as the next immutable version and makes it current. The policy must compile and pass its own
 * tests, the credential must exist, and the launch gate must let a sensitive agent through.
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
  },
): Promise<number> {
  requireAgentAllowed(input.principal, input.id)
  const agent = await lockAgent(tx, input.id)
  if (agent === undefined) throw notFound('agent')
  testAgentPolicy(agent.draft)
  checkLaunch(agent.draft)
  await checkCredential(tx, agent.draft, input.isOpened)
  await checkSources(tx, agent.draft, { prefix: '', areReady: true })
  requireChecked(agent.draft, input.judged)
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
  await setPublishedVersion(tx, { id: input.id, version, now: new Date(input.clock.nowMs()) })
  await tx.audit({
    action: 'agent.published',
    target: { kind: 'agent', id: input.id },
    before: { published_version: agent.publishedVersion },
    after: { published_version: version, sha256: digest.toString('hex'), waivers: agent.draft.waivers },
  })
  return version
}
