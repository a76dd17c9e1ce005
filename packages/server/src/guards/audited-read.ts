/**
 * Threat: somebody opens what a person said or gave, and nobody can tell who it was.
 * Rule: what is opened for review is read in the transaction that writes its audit event; the answer leaves after both
 * have committed.
 * On failure: what is not there, or cannot be opened, leaves no event; what was opened without its event reaches nobody.
 */
import type { Principal } from '../kernel/principal.ts'
import type { RequestContext } from '../kernel/request-context.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'

import type { Mutations } from './mutations.ts'
import type { AuditEntry } from './write-audit-event.ts'

export type AuditedRead<Answer> = {
  readonly principal: Principal
  readonly request: RequestContext
  /** Method and path template, e.g. `GET /v1/users/{id}`. */
  readonly route: string
  readonly entry: Pick<AuditEntry, 'action' | 'target'>
  /** Throws when what is asked for is not there. */
  readonly read: (tx: WorkspaceTx) => Promise<Answer>
}

/** Reads what is sealed, and leaves its event. A repeat is another reading and another event. */
export async function auditedRead<Answer>(
  mutations: Pick<Mutations, 'run'>,
  { entry, ...reading }: AuditedRead<Answer>,
): Promise<Answer> {
  return mutations.run({
    ...reading,
    idempotencyKey: undefined,
    input: null,
    work: async (tx) => {
      await tx.audit(entry)
      return null
    },
  })
}
