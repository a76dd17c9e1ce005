import { encodeId, type escalationSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { EscalationRow } from './store.ts'

export function renderEscalation(row: EscalationRow): z.infer<typeof escalationSchema> {
  return {
    id: encodeId('escalation', row.id),
    session_id: encodeId('session', row.sessionId),
    user_id: encodeId('user', row.userId),
    agent_id: encodeId('agent', row.agentId),
    decision_id: encodeId('decision', row.decisionId),
    rule_id: row.ruleId,
    queue: row.queue,
    priority: row.priority,
    reason: row.reason,
    state: row.state,
    is_within_hours: row.isWithinHours,
    created_at: row.createdAt.toISOString(),
    due_at: row.dueAt.toISOString(),
    claimed_by: row.claimedBy,
    claimed_at: row.claimedAt?.toISOString() ?? null,
    resolved_by: row.resolvedBy,
    resolved_at: row.resolvedAt?.toISOString() ?? null,
    outcome: row.outcome,
    fallback: row.fallback,
  }
}
