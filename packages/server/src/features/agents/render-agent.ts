import type { agentSchema, agentSummarySchema, agentVersionSchema } from '@hyponema/contract'
import { encodeId } from '@hyponema/contract'
import type { z } from 'zod'
import { renderPolicyReport } from './render-policy-report.ts'
import type { AgentRow, AgentVersionRow } from './store.ts'

export function renderAgentSummary(row: AgentRow): z.infer<typeof agentSummarySchema> {
  return {
    id: encodeId('agent', row.id),
    name: row.name,
    draft_revision: row.draftRevision,
    published_version: row.publishedVersion,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

export function renderAgent(row: AgentRow): z.infer<typeof agentSchema> {
  return { ...renderAgentSummary(row), draft: row.draft, policy_report: renderPolicyReport(row.draft) }
}

export function renderAgentVersion(row: AgentVersionRow, current: number | null): z.infer<typeof agentVersionSchema> {
  return {
    agent_id: encodeId('agent', row.agentId),
    version: row.version,
    document: row.document,
    sha256: row.sha256.toString('hex'),
    note: row.note,
    published_at: row.publishedAt.toISOString(),
    published_by: row.publishedBy,
    current: row.version === current,
  }
}
