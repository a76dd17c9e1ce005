/**
 * The rows as SQL gives them. `test/isolation` and the column classes are compared with the catalogue of a migrated
 * database, so a column that is missing here is found there.
 */
import type {
  CredentialKind,
  clients,
  EndReason,
  modalities,
  OpeningPurpose,
  Role,
  sessionStatuses,
  Uuid,
} from '@hyponema/contract'
import type { ColumnType, Generated } from 'kysely'
import type { SealedContent } from '../crypto/sealed-content.ts'
import type { AuditTables } from './audit-tables.ts'
import type { ContactTables } from './contact-tables.ts'
import type { EscalationTables } from './escalation-tables.ts'
import type { KnowledgeTables } from './knowledge-tables.ts'
import type { PolicyTables } from './policy-tables.ts'
import type { PrivacyTables } from './privacy-tables.ts'
import type { TopicTables } from './topic-tables.ts'
import type { WebhookTables } from './webhook-tables.ts'

/** jsonb: read as a parsed value that nobody has checked yet, written as JSON text. */
type Json = ColumnType<unknown, string, string>
type JsonOrNull = ColumnType<unknown, string | null | undefined, string | null>
type MadeAt = Generated<Date>
type Count = Generated<number>

type Workspaces = {
  workspace_id: Uuid
  name: string
  is_canary: Generated<boolean>
  settings: ColumnType<unknown, string | undefined, string>
  created_at: MadeAt
}

type ApiKeys = {
  workspace_id: Uuid
  id: Uuid
  label: string
  mode: 'live' | 'test'
  secret_mac: Buffer
  pepper_version: string
  scopes: string[]
  allowed_addresses: string[] | null
  allowed_agents: Uuid[] | null
  hint: string
  created_by: string
  created_at: MadeAt
  expires_at: Date | null
  last_used_at: Date | null
  revoked_at: Date | null
  rotated_from: Uuid | null
  failed_count: Count
  last_failed_at: Date | null
}

type WorkspaceKeys = {
  workspace_id: Uuid
  id: Uuid
  purpose: 'content' | 'blind_index'
  version: Generated<number>
  wrapped_key: Buffer
  key_id: string
  created_at: MadeAt
}

type Users = {
  workspace_id: Uuid
  id: Uuid
  external_id_index: Buffer
  external_id: SealedContent
  profile: SealedContent | null
  time_zone: string | null
  language: string | null
  do_not_contact: Generated<boolean>
  created_at: MadeAt
  updated_at: MadeAt
}

type UserKeys = {
  workspace_id: Uuid
  user_id: Uuid
  wrapped_key: Buffer
  epoch_key_id: string
  created_at: MadeAt
}

type Credentials = {
  workspace_id: Uuid
  id: Uuid
  kind: CredentialKind
  provider: string
  label: string
  hint: string
  base_url: string | null
  created_by: string
  created_at: MadeAt
  revoked_at: Date | null
  current_version: Generated<number>
  failing_since: Date | null
  failing_told_at: Date | null
}

type CredentialVersions = {
  workspace_id: Uuid
  credential_id: Uuid
  version: number
  sealed: Buffer | null
  wrapped_key: Buffer | null
  kek_id: string | null
  created_at: MadeAt
  revoked_at: Date | null
  hint: string
  created_by: string
  revoke_after: Date | null
  revoked_by: string | null
}

type CredentialOpenings = {
  workspace_id: Uuid
  id: Uuid
  credential_id: Uuid
  version: number
  session_id: Uuid | null
  purpose: OpeningPurpose
  openings: number
  first_opened_at: Date
  last_opened_at: Date
}

type Agents = {
  workspace_id: Uuid
  id: Uuid
  name: string
  sensitivity: 'ordinary' | 'sensitive'
  draft: Json
  draft_revision: Generated<number>
  published_version: number | null
  created_at: MadeAt
  updated_at: MadeAt
}

type AgentVersions = {
  workspace_id: Uuid
  agent_id: Uuid
  version: number
  document: Json
  sha256: Buffer
  note: string | null
  published_at: MadeAt
  published_by: string
}

type ToolPins = {
  workspace_id: Uuid
  agent_id: Uuid
  version: number
  server: string
  tools: Json
  sha256: Buffer
  pinned_at: MadeAt
}

type ToolDays = {
  workspace_id: Uuid
  user_id: Uuid
  tool: string
  day: string
  calls: number
}

type Sessions = {
  workspace_id: Uuid
  id: Uuid
  agent_id: Uuid
  agent_version: number
  user_id: Uuid
  modality: (typeof modalities)[number]
  client: (typeof clients)[number]
  status: ColumnType<(typeof sessionStatuses)[number], (typeof sessionStatuses)[number] | undefined>
  end_reason: EndReason | null
  variables: SealedContent
  variables_sha256: Buffer
  origins_sha256: Buffer
  policy_sha256: Buffer
  token_jti: Uuid
  ttl_seconds: number
  expires_at: Date
  created_at: MadeAt
  started_at: Date | null
  ended_at: Date | null
  owner_process: string | null
  owner_boot: Uuid | null
  turn_count: Count
  guard_count: Count
  tool_call_count: Count
  input_tokens: Count
  output_tokens: Count
  listened_ms: Count
  spoken_characters: Count
  content_opened: Count
  purged: ColumnType<number, number | undefined>
}

type SessionTokens = {
  workspace_id: Uuid
  jti: Uuid
  session_id: Uuid
  kind: 'connect' | 'turn' | 'resume'
  created_at: MadeAt
  expires_at: Date
  spent_at: Date | null
}

type Turns = {
  workspace_id: Uuid
  id: Uuid
  session_id: Uuid
  sequence: number
  role: 'user' | 'agent'
  status: 'complete' | 'cut' | 'blocked'
  content: SealedContent | null
  tool_payloads: SealedContent | null
  started_at: Date
  ended_at: Date
  input_tokens: Count
  output_tokens: Count
  tool_call_count: Count
  guard_count: Count
  first_text_ms: number | null
}

type Decisions = {
  workspace_id: Uuid
  id: Uuid
  session_id: Uuid
  turn_id: Uuid | null
  stage: string
  action: string
  rule_ids: Generated<string[]>
  mode: 'enforce' | 'shadow'
  floor: Generated<boolean>
  policy_sha256: Buffer
  span: JsonOrNull
  content: SealedContent | null
  engine_us: number
  versions: ColumnType<unknown, string | undefined, string>
  created_at: MadeAt
}

type TurnTraces = {
  workspace_id: Uuid
  id: Uuid
  session_id: Uuid
  content: SealedContent | null
  created_at: MadeAt
}

type AuditEvents = {
  workspace_id: Uuid
  id: Uuid
  action: string
  actor_kind: 'api_key' | 'operator' | 'session_token' | 'system'
  actor_id: string
  target_kind: string
  target_id: string
  request_id: string | null
  address: string | null
  user_agent: string | null
  canonical: Buffer
  leaf_hash: Buffer
  occurred_at: Date
}

type IdempotencyKeys = {
  workspace_id: Uuid
  principal: string
  route: string
  key: string
  request_sha256: Buffer
  status: number | null
  made_id: Uuid | null
  created_at: MadeAt
}

type Outbox = {
  workspace_id: Uuid
  id: Uuid
  type: string
  user_id: Uuid | null
  body: SealedContent
  state: ColumnType<OutboxState, OutboxState | undefined, OutboxState>
  created_at: MadeAt
  session_id: Uuid | null
  test_of: Uuid | null
}

type OutboxState = 'pending' | 'dispatched'

type Signals = {
  workspace_id: Uuid
  id: Uuid
  kind: string
  ref: Uuid
  created_at: MadeAt
}

type Memberships = {
  workspace_id: Uuid
  id: Uuid
  identity_id: Uuid
  email: string
  role: Role
  version: Generated<number>
  added_by: string
  created_at: MadeAt
  updated_at: MadeAt
}

type Invitations = {
  workspace_id: Uuid
  id: Uuid
  email: string
  role: Role
  secret_sha256: Buffer
  invited_by: string
  created_at: MadeAt
  expires_at: Date
  accepted_at: Date | null
  revoked_at: Date | null
}

type RefreshFamilies = {
  workspace_id: Uuid
  id: Uuid
  membership_id: Uuid
  secret_sha256: Buffer
  user_agent: string | null
  created_at: MadeAt
  expires_at: Date
  revoked_at: Date | null
  revoked_for: 'signed_out' | 'signed_out_everywhere' | 'reused' | 'removed' | null
}

type RefreshTokens = {
  workspace_id: Uuid
  id: Uuid
  family_id: Uuid
  parent_id: Uuid | null
  token_sha256: Buffer
  created_at: MadeAt
  expires_at: Date
  used_at: Date | null
  replaced_at: Date | null
}

export type Tables = EscalationTables &
  KnowledgeTables &
  PolicyTables &
  AuditTables &
  PrivacyTables &
  TopicTables &
  ContactTables &
  WebhookTables & {
    'tenant.workspaces': Workspaces
    'tenant.api_keys': ApiKeys
    'tenant.workspace_keys': WorkspaceKeys
    'tenant.users': Users
    'tenant.user_keys': UserKeys
    'tenant.credentials': Credentials
    'tenant.credential_versions': CredentialVersions
    'tenant.credential_openings': CredentialOpenings
    'tenant.agents': Agents
    'tenant.agent_versions': AgentVersions
    'tenant.tool_pins': ToolPins
    'tenant.tool_days': ToolDays
    'tenant.sessions': Sessions
    'tenant.session_tokens': SessionTokens
    'tenant.turns': Turns
    'tenant.decisions': Decisions
    'tenant.turn_traces': TurnTraces
    'tenant.audit_events': AuditEvents
    'tenant.idempotency_keys': IdempotencyKeys
    'tenant.outbox': Outbox
    'tenant.signals': Signals
    'tenant.memberships': Memberships
    'tenant.invitations': Invitations
    'tenant.refresh_families': RefreshFamilies
    'tenant.refresh_tokens': RefreshTokens
  }
