/** The rows of the tree over the audit log as SQL gives them; part of `Tables`. The driver gives a bigint as text. */
import type { Uuid } from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'

type Count = ColumnType<string, number | undefined, number>

type AuditHeads = {
  workspace_id: Uuid
  size: Count
  edge: Generated<Buffer>
  root: Buffer
  note: string | null
  note_size: Count
  noted_at: Date | null
  published_size: Count
  published_at: Date | null
  sealed_at: Generated<Date>
}

type AuditSeals = {
  workspace_id: Uuid
  seq: ColumnType<string, number, never>
  event_id: Uuid
  leaf_hash: Buffer
  sealed_at: Generated<Date>
}

export type AuditTables = { 'tenant.audit_heads': AuditHeads; 'tenant.audit_seals': AuditSeals }
