/** The rows of policies as SQL gives them; part of `Tables`. */
import type { Uuid } from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'

/** jsonb: read as a parsed value that nobody has checked yet, written as JSON text. */
type Json = ColumnType<unknown, string, string>

type Policies = {
  workspace_id: Uuid
  id: Uuid
  name: string
  draft: Json
  draft_revision: Generated<number>
  published_version: number | null
  shadow_version: number | null
  shadow_share: Generated<number>
  agents: ColumnType<Uuid[], Uuid[] | undefined, Uuid[]>
  created_at: Generated<Date>
  updated_at: Generated<Date>
  removed_at: ColumnType<Date | null, undefined, Date>
}

type PolicyVersions = {
  workspace_id: Uuid
  policy_id: Uuid
  version: number
  document: Json
  sha256: Buffer
  note: string | null
  published_at: Generated<Date>
  published_by: string
}

type PolicyTexts = {
  workspace_id: Uuid
  sha256: Buffer
  layers: Json
  created_at: Generated<Date>
}

export type PolicyTables = {
  'tenant.policies': Policies
  'tenant.policy_versions': PolicyVersions
  'tenant.policy_texts': PolicyTexts
}
