import type { Uuid } from '@hyponema/contract'
import { requireAgentAllowed } from '../../guards/agent-allowed.ts'
import type { AuditedTx } from '../../guards/audited-transaction.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { IsOpened } from '../credentials/public.ts'
import { findLayers, listLoosened, takeLayerTurn } from '../policies/public.ts'
import { checkCredential } from './check-credential.ts'
import { checkLaunch } from './check-launch.ts'
import { compileAgentPolicy } from './compile-agent-policy.ts'
import { findVersion, lockAgent, setPublishedVersion } from './store.ts'

/** Makes an earlier version the current one. Sessions that live keep the version they began with. */
export async function rollBackAgent(
  tx: AuditedTx,
  input: {
    principal: Principal
    clock: Clock
    id: Uuid
    version: number
    reason: string | undefined
    isOpened: IsOpened
  },
): Promise<void> {
  requireAgentAllowed(input.principal, input.id)
  await takeLayerTurn(tx)
  const agent = await lockAgent(tx, input.id)
  if (agent === undefined) throw notFound('agent')
  const version = await findVersion(tx, input.id, input.version)
  if (version === undefined) throw new AppError('agent.version_not_found', `no version ${input.version}`)
  // Policies of the workspace may have come since.
  const held = await findLayers(tx, { id: agent.id, policy: version.document.policy })
  compileAgentPolicy(version.document, input.version, held)
  checkLaunch(version.document, held.layers)
  await checkCredential(tx, version.document, input.isOpened)
  await setPublishedVersion(tx, { id: input.id, version: input.version, now: new Date(input.clock.nowMs()) })
  await tx.audit({
    action: 'agent.rolled_back',
    target: { kind: 'agent', id: input.id },
    before: { published_version: agent.publishedVersion },
    after: { published_version: input.version, ...listLoosened(version.document.policy) },
    ...(input.reason === undefined ? {} : { reason: input.reason }),
  })
}
