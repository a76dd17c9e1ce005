import type { Brand, Uuid } from '@hyponema/contract'
import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** What may be put into `dispatch` by hand; leases and seals have writers of their own. */
export type DispatchKind =
  | 'session_expiry'
  | 'outbox'
  | 'credential_version'
  | 'webhook'
  | 'webhook_care'
  | 'webhook_removal'
  | 'knowledge'
  | 'escalation_due'
  | 'audit_checkpoint'
  | 'audit_publish'

/** The closed list of `jobs.enqueue`. */
export type TaskName = 'worker_check' | 'session_finish'

/** What runs SQL inside one open transaction whose scope is set. Dead as soon as that transaction ends. */
export type WorkspaceTxParts = {
  readonly workspaceId: Uuid
  /** Only the rows of this workspace exist here. */
  readonly db: Kysely<Tables>
  /** Makes the row due for a claimer at `dueAt`; putting it again replaces the time and frees it from its claimer. */
  readonly dispatchPut: (kind: DispatchKind, ref: Uuid, dueAt: Date) => Promise<void>
  /** Removes it; also the lease of a session that has ended. Removing what is not there changes nothing. */
  readonly dispatchDone: (kind: DispatchKind | 'session_lease', ref: Uuid) => Promise<void>
  /** Takes leases that nobody holds or that have expired. Returns the refs that are now held by `holder`. */
  readonly leaseTake: (refs: readonly Uuid[], holder: Uuid, ttlMs: number) => Promise<readonly Uuid[]>
  /** Returns the refs that `holder` still holds; one that is missing was taken over, and its owner must stop. */
  readonly leaseRenew: (refs: readonly Uuid[], holder: Uuid, ttlMs: number) => Promise<readonly Uuid[]>
  readonly leaseRelease: (refs: readonly Uuid[], holder: Uuid) => Promise<readonly Uuid[]>
  /**
   * From here on the server ends each statement of this transaction itself after a fifth of a second, for what nobody waits
   * longer for: it must not run on unheard.
   */
  readonly endSlowStatements: () => Promise<void>
  /** Writes a row and wakes every listener with its id when this transaction commits. */
  readonly signal: (kind: string, ref: Uuid) => Promise<void>
  /** Enqueues a wake-up for the worker; it re-reads the entity in this workspace and trusts nothing else. */
  readonly enqueue: (task: TaskName, entityId: Uuid) => Promise<void>
}

/** The only handle that can run SQL on tenant tables; made only by `withWorkspace`. */
export type WorkspaceTx = Brand<WorkspaceTxParts, 'WorkspaceTx'>
