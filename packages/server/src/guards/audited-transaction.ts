/**
 * Threat: a privileged act leaves no trace, or a trace without the act.
 * Rule: such a use case takes an `AuditedTx`. Its transaction commits only after `audit` has written the event, in the
 * same transaction, as canonical bytes (RFC 8785) with their leaf hash (RFC 6962).
 * On failure: work that returns without an event is rolled back and server.internal is thrown; nothing has happened.
 */
import type { Brand, Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Principal } from '../kernel/principal.ts'
import { principalName } from '../kernel/principal-name.ts'
import type { RequestContext } from '../kernel/request-context.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { isCriticalAction } from './critical-actions.ts'
import { type AuditEntry, writeAuditEvent } from './write-audit-event.ts'

type AuditParts = {
  /** Writes the event. May be called more than once when one request does several privileged acts. */
  readonly audit: (entry: AuditEntry) => Promise<void>
  /** Declares that nothing was changed: the transaction is rolled back and `value` is what the caller gets. */
  readonly withoutChange: <T>(value: T) => T
}

/** A `WorkspaceTx` that cannot commit without its audit event. */
export type AuditedTx = WorkspaceTx & Brand<AuditParts, 'AuditedTx'>

export type AuditedTransaction = {
  /** The login that acts: the app's `Database`, or `{ withWorkspace: database.workerWithWorkspace }`. */
  readonly database: Pick<Database, 'withWorkspace'>
  readonly clock: Clock
  readonly newId: NewId
  readonly scope: WorkspaceScope
  readonly principal: Principal
  /** Absent for the worker, the seed and commands on the host. */
  readonly request?: RequestContext | undefined
  /** Absent where nobody waits for an answer. */
  readonly waitUntilSealed?: WaitUntilSealed | undefined
}

/** Resolves when those events have their numbers in the tree, or after its own deadline. Never throws: the act is done. */
export type WaitUntilSealed = (scope: WorkspaceScope, eventIds: readonly Uuid[]) => Promise<void>

/** Runs one privileged act. Commits when `work` has audited and resolves; returns after the seal where the act is a critical one. */
export async function auditedTransaction<T>(
  options: AuditedTransaction,
  work: (tx: AuditedTx) => Promise<T>,
): Promise<T> {
  if (options.principal.scope.workspaceId !== options.scope.workspaceId) {
    throw new AppError('server.internal', 'the principal belongs to another workspace than the act')
  }
  const unchanged = new Unchanged()
  const critical: Uuid[] = []
  const run = async (tx: WorkspaceTx): Promise<T> => {
    const state = { events: 0, unchanged: false }
    const parts: AuditParts = {
      audit: async (entry) => {
        const id = await writeAuditEvent(tx, { ...options, actor: principalName(options.principal) }, entry)
        if (isCriticalAction(entry.action)) critical.push(id)
        state.events += 1
      },
      withoutChange: (value) => {
        state.unchanged = true
        return value
      },
    }
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the one maker of AuditedTx
    const result = await work({ ...tx, ...parts } as AuditedTx)
    if (state.unchanged) {
      if (state.events > 0) throw new AppError('server.internal', 'an act was audited and then declared to be none')
      unchanged.value = { result }
      throw unchanged
    }
    if (state.events === 0) throw new AppError('server.internal', 'a privileged act returned without its audit event')
    return result
  }
  try {
    const result = await options.database.withWorkspace(options.scope, run)
    if (critical.length > 0) await options.waitUntilSealed?.(options.scope, critical)
    return result
  } catch (error) {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the same call put a T there
    if (error === unchanged && unchanged.value !== undefined) return unchanged.value.result as T
    throw error
  }
}

/** Thrown inside to roll back, caught outside by identity; never seen by anybody else. */
class Unchanged extends Error {
  value: { readonly result: unknown } | undefined
}
