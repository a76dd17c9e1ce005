import { createHash } from 'node:crypto'
import { auditRows } from './audit-rows.ts'
import { contactRows } from './contact-rows.ts'
import { policyRows } from './policy-rows.ts'
import { privacyRows } from './privacy-rows.ts'
import { hash, later, newId, nextNumber, now, parent, type RowFactory, sealed } from './probe-values.ts'
import { toolRows } from './tool-rows.ts'
import { topicRows } from './topic-rows.ts'

export type { Row, RowFactory } from './probe-values.ts'

/** One per tenant table. A table without one is a failure of the prover: nothing is skipped because nobody thought of it. */
export const rowFactories: Readonly<Record<string, RowFactory>> = {
  workspaces: { needs: [], make: (workspace_id) => ({ workspace_id, name: 'Probe' }) },
  api_keys: {
    needs: ['workspaces'],
    // Of a key that was rotated; this row leaves it empty.
    refersTo: ['workspaces', 'api_keys'],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      label: 'Probe',
      mode: 'test',
      secret_mac: hash(),
      pepper_version: '1',
      scopes: ['agents:read'],
      hint: 'abcd',
      created_by: 'probe',
    }),
  },
  workspace_keys: {
    needs: ['workspaces'],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      purpose: 'content',
      version: nextNumber(),
      wrapped_key: sealed(),
      key_id: 'k1',
    }),
  },
  users: {
    needs: ['workspaces'],
    make: (workspace_id) => ({ workspace_id, id: newId(), external_id_index: hash(), external_id: sealed() }),
  },
  user_keys: {
    needs: ['users'],
    make: (workspace_id, parents) => ({
      workspace_id,
      user_id: parent(parents, 'users')['id'],
      wrapped_key: sealed(),
      epoch_key_id: 'epoch-1',
    }),
  },
  credentials: {
    needs: ['workspaces'],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      kind: 'model',
      provider: 'probe',
      label: 'Probe',
      hint: 'abcd',
      created_by: 'probe',
    }),
  },
  credential_versions: {
    needs: ['credentials'],
    make: (workspace_id, parents) => ({
      workspace_id,
      credential_id: parent(parents, 'credentials')['id'],
      version: nextNumber(),
      sealed: sealed(),
      wrapped_key: sealed(),
      kek_id: 'kek-1',
      hint: 'abcd',
      created_by: 'probe',
    }),
  },
  credential_openings: {
    needs: ['credentials', 'sessions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      credential_id: parent(parents, 'credentials')['id'],
      version: nextNumber(),
      session_id: parent(parents, 'sessions')['id'],
      purpose: 'model',
      openings: 1,
      first_opened_at: now(),
      last_opened_at: later(),
    }),
  },
  agents: {
    needs: ['workspaces'],
    refersTo: ['workspaces', 'agent_versions'],
    make: (workspace_id) => ({ workspace_id, id: newId(), name: 'Probe', sensitivity: 'ordinary', draft: '{}' }),
  },
  agent_versions: {
    needs: ['agents'],
    make: (workspace_id, parents) => ({
      workspace_id,
      agent_id: parent(parents, 'agents')['id'],
      version: nextNumber(),
      document: '{}',
      sha256: hash(),
      published_by: 'probe',
    }),
  },
  ...auditRows,
  ...policyRows,
  ...privacyRows,
  ...toolRows,
  ...topicRows,
  sessions: {
    needs: ['agent_versions', 'users'],
    refersTo: ['workspaces', 'agent_versions', 'users'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      agent_id: parent(parents, 'agent_versions')['agent_id'],
      agent_version: parent(parents, 'agent_versions')['version'],
      user_id: parent(parents, 'users')['id'],
      modality: 'text',
      client: 'native',
      variables: sealed(),
      variables_sha256: hash(),
      origins_sha256: hash(),
      policy_sha256: hash(),
      token_jti: newId(),
      ttl_seconds: 600,
      expires_at: later(),
    }),
  },
  session_tokens: {
    needs: ['sessions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      jti: newId(),
      session_id: parent(parents, 'sessions')['id'],
      kind: 'turn',
      expires_at: later(),
    }),
  },
  turns: {
    needs: ['sessions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      session_id: parent(parents, 'sessions')['id'],
      sequence: nextNumber(),
      role: 'user',
      status: 'complete',
      content: sealed(),
      started_at: now(),
      ended_at: now(),
    }),
  },
  decisions: {
    needs: ['sessions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      session_id: parent(parents, 'sessions')['id'],
      stage: 'output',
      action: 'redirect',
      mode: 'enforce',
      policy_sha256: hash(),
      engine_us: 12,
    }),
  },
  turn_traces: {
    needs: ['sessions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      session_id: parent(parents, 'sessions')['id'],
      content: sealed(),
    }),
  },
  escalations: {
    needs: ['sessions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      session_id: parent(parents, 'sessions')['id'],
      user_id: parent(parents, 'sessions')['user_id'],
      agent_id: parent(parents, 'sessions')['agent_id'],
      decision_id: newId(),
      queue: 'default',
      priority: 5,
      reason: 'wish',
      on_unanswered: 'message',
      due_at: now(),
    }),
  },
  escalation_messages: {
    needs: ['escalations'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      escalation_id: parent(parents, 'escalations')['id'],
      author: 'opr_probe',
      content: sealed(),
    }),
  },
  audit_events: {
    needs: [],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      action: 'agent.published',
      actor_kind: 'system',
      actor_id: 'probe',
      target_kind: 'agent',
      target_id: 'agt_probe',
      canonical: sealed(),
      leaf_hash: hash(),
      occurred_at: now(),
    }),
  },
  idempotency_keys: {
    needs: ['workspaces'],
    make: (workspace_id) => ({
      workspace_id,
      principal: 'probe',
      route: 'POST /v1/probes',
      key: newId(),
      request_sha256: hash(),
    }),
  },
  outbox: {
    needs: ['users'],
    refersTo: ['workspaces', 'users'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      type: 'session.started',
      user_id: parent(parents, 'users')['id'],
      body: sealed(),
    }),
  },
  webhooks: {
    needs: ['credentials'],
    // One for each of the two ways to sign.
    refersTo: ['workspaces', 'credentials', 'credentials'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      url: 'https://probe.example/hooks',
      event_types: ['*'],
      hmac_credential_id: parent(parents, 'credentials')['id'],
      ed25519_credential_id: parent(parents, 'credentials')['id'],
      public_key: 'whpk_probe',
      created_by: 'probe',
    }),
  },
  webhook_deliveries: {
    needs: ['webhooks', 'outbox'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      webhook_id: parent(parents, 'webhooks')['id'],
      event_id: parent(parents, 'outbox')['id'],
      event_created_at: now(),
      next_attempt_at: later(),
    }),
  },
  webhook_attempts: {
    needs: ['webhook_deliveries'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      delivery_id: parent(parents, 'webhook_deliveries')['id'],
      webhook_id: parent(parents, 'webhook_deliveries')['webhook_id'],
      event_id: parent(parents, 'webhook_deliveries')['event_id'],
      attempt: nextNumber(),
      outcome: 'status',
      status_code: 500,
      duration_ms: 12,
      answer: sealed(),
    }),
  },
  memberships: {
    needs: ['workspaces'],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      identity_id: newId(),
      email: `${newId()}@example.com`,
      role: 'builder',
      added_by: 'probe',
    }),
  },
  invitations: {
    needs: ['workspaces'],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      email: `${newId()}@example.com`,
      role: 'builder',
      secret_sha256: hash(),
      invited_by: 'probe',
      expires_at: later(),
    }),
  },
  refresh_families: {
    needs: ['memberships'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      membership_id: parent(parents, 'memberships')['id'],
      secret_sha256: hash(),
      expires_at: later(),
    }),
  },
  refresh_tokens: {
    needs: ['refresh_families'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      family_id: parent(parents, 'refresh_families')['id'],
      token_sha256: hash(),
      expires_at: later(),
    }),
  },
  knowledge: {
    needs: ['workspaces'],
    make: (workspace_id) => ({
      workspace_id,
      id: newId(),
      name: 'Probe',
      source_type: 'inline',
      media_type: 'text/plain',
      byte_count: 1,
      content_sha256: hash(),
      revision: 1,
      created_by: 'probe',
    }),
  },
  knowledge_chunks: {
    needs: ['knowledge'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      knowledge_id: parent(parents, 'knowledge')['id'],
      revision: 1,
      position: nextNumber(),
      character_count: 5,
      content: sealed(),
    }),
  },
  knowledge_index: {
    needs: ['knowledge_chunks'],
    make: (workspace_id, parents) => ({
      workspace_id,
      chunk_id: parent(parents, 'knowledge_chunks')['id'],
      knowledge_id: parent(parents, 'knowledge_chunks')['knowledge_id'],
      revision: 1,
      terms: indexedTerm(parent(parents, 'knowledge_chunks')['knowledge_id'], 'probe'),
    }),
  },
  knowledge_words: {
    needs: ['knowledge'],
    make: (workspace_id, parents) => ({
      workspace_id,
      knowledge_id: parent(parents, 'knowledge')['id'],
      revision: 1,
      word: `probe${nextNumber()}`,
      chunks: 4,
    }),
  },
  ...contactRows,
  signals: { needs: [], make: (workspace_id) => ({ workspace_id, id: newId(), kind: 'probe', ref: newId() }) },
}

/** A word as it stands in the index of a source's first revision, which app.knowledge_prefix() says. */
export function indexedTerm(knowledgeId: unknown, word: string): string {
  const prefix = createHash('sha256')
    .update(`${String(knowledgeId)}:1`)
    .digest('base64')
    .slice(0, 6)
  return `'${prefix}${word}':1`
}

/** The factories to run for one table, parents first. */
export function chainOf(table: string): readonly string[] {
  const needs = rowFactories[table]?.needs ?? []
  return [...new Set([...needs.flatMap((need) => [...chainOf(need)]), table])]
}
