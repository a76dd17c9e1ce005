/**
 * Threat: a policy is put in force that does not compile, does not do what its author believes, or that the agents which it
 * holds cannot be held to.
 * Rule: it compiles, its own tests pass, it compiles beside every published agent that it holds, and no sensitive one loses a control; then it is the next
 * immutable version and in force, and a window that was loosened stands in the audit log with its reason.
 * On failure: the diagnostics; nothing is published.
 */
import type { Uuid } from '@hyponema/contract'
import { canonicalPolicyText } from '@hyponema/policy'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { principalName } from '../../kernel/principal-name.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'
import { type AgentDirectory, checkAgents } from './check-agents.ts'
import { checkControls } from './check-controls.ts'
import { takeLayerTurn } from './find-layers.ts'
import { listLoosened } from './list-loosened.ts'
import { insertPolicyVersion, lastPolicyVersion, lockPolicy, setPublishedPolicy } from './store.ts'
import { testDocument } from './test-document.ts'

/** Returns the number of the version. */
export async function publishPolicy(
  tx: AuditedTx,
  input: { principal: Principal; clock: Clock; id: Uuid; note: string | undefined; directory: AgentDirectory },
): Promise<number> {
  const { id, directory } = input
  await takeLayerTurn(tx)
  const policy = await lockPolicy(tx, id)
  if (policy === undefined) throw notFound('policy')
  const { name, draft: document, agents } = policy
  await testDocument(tx, { name, document })
  await checkAgents(tx, { layer: 'workspace', name, document }, { agents, directory })
  await checkControls(tx, { name, document, agents }, directory)
  const version = (await lastPolicyVersion(tx, id)) + 1
  const digest = sha256(canonicalPolicyText(document))
  const publishedBy = principalName(input.principal).id
  const note = input.note ?? null
  await insertPolicyVersion(tx, { policyId: id, version, document, sha256: digest, note, publishedBy })
  await setPublishedPolicy(tx, { id, version, now: new Date(input.clock.nowMs()) })
  await tx.signal('policy_floor', id)
  await tx.audit({
    action: 'policy.published',
    target: { kind: 'policy', id },
    before: { published_version: policy.publishedVersion },
    after: {
      published_version: version,
      sha256: digest.toString('hex'),
      ...listLoosened(document),
    },
  })
  return version
}
