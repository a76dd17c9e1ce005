import type { Uuid } from '@hyponema/contract'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import { type AgentDirectory, checkAgents } from './check-agents.ts'
import { checkControls } from './check-controls.ts'
import { takeLayerTurn } from './find-layers.ts'
import { listLoosened } from './list-loosened.ts'
import { findPolicyVersion, lockPolicy, setPublishedPolicy } from './store.ts'

/** Puts an earlier version in force, or none. Sessions that live keep what they began with, but for floors. */
export async function rollBackPolicy(
  tx: AuditedTx,
  input: {
    clock: Clock
    id: Uuid
    version: number | null
    reason: string | undefined
    directory: AgentDirectory
  },
): Promise<void> {
  const { id, directory } = input
  await takeLayerTurn(tx)
  const policy = await lockPolicy(tx, id)
  if (policy === undefined) throw notFound('policy')
  const version = input.version === null ? undefined : await findPolicyVersion(tx, id, input.version)
  if (input.version !== null) {
    if (version === undefined) throw new AppError('policy.version_not_found', `no version ${input.version}`)
    const layer = { layer: 'workspace', name: policy.name, document: version.document } as const
    await checkAgents(tx, layer, { agents: policy.agents, directory })
  }
  const { name, agents } = policy
  await checkControls(tx, { name, agents, ...(version === undefined ? {} : { document: version.document }) }, directory)
  await setPublishedPolicy(tx, { id, version: input.version, now: new Date(input.clock.nowMs()) })
  await tx.signal('policy_floor', id)
  await tx.audit({
    action: 'policy.rolled_back',
    target: { kind: 'policy', id },
    before: { published_version: policy.publishedVersion },
    after: { published_version: input.version, ...(version === undefined ? {} : listLoosened(version.document)) },
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  })
}
