import type { Logger } from 'pino'
import { createSealer, type Sealer } from '../features/audit/public.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import { claimDispatch } from '../platform/jobs/claim-dispatch.ts'
import { createWithWorkspace } from '../platform/postgres/with-workspace.ts'
import type { Installation } from './open-installation.ts'

/** Puts the sealer of the audit log together; it is not started yet. */
export function makeSealer(options: { installation: Installation; clock: Clock; newId: NewId; log: Logger }): Sealer {
  const { installation, clock, newId, log } = options
  const login = installation.database.logins.sealer
  return createSealer({
    withWorkspace: createWithWorkspace(login),
    claim: (most) => claimDispatch(login, most),
    logs: installation.logs,
    evidence: installation.evidence,
    claimant: newId(),
    now: () => new Date(clock.nowMs()),
    onError: (error, workspaceId) =>
      log.error({ err: error, workspaceId }, 'events of the audit log were not sealed and will be tried again'),
  })
}
