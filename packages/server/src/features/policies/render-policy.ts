import { encodeId, type policySchema, type policySummarySchema, type policyVersionSchema } from '@hyponema/contract'
import { lintDocument } from '@hyponema/policy'
import type { z } from 'zod'
import { isKnownZone } from '../../platform/time/read-zone-transitions.ts'
import type { PolicyRow, PolicyVersionRow } from './store.ts'

export function renderPolicySummary(row: PolicyRow): z.infer<typeof policySummarySchema> {
  return {
    id: encodeId('policy', row.id),
    name: row.name,
    draft_revision: row.draftRevision,
    published_version: row.publishedVersion,
    shadow: row.shadowVersion === null ? null : { version: row.shadowVersion, share: row.shadowShare },
    agents: row.agents.map((id) => encodeId('agent', id)),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

export function renderPolicy(row: PolicyRow): z.infer<typeof policySchema> {
  const warnings = lintDocument(row.draft, { isKnownZone })
  return { ...renderPolicySummary(row), draft: row.draft, warnings: [...warnings] }
}

export function renderPolicyVersion(
  row: PolicyVersionRow,
  current: number | null,
): z.infer<typeof policyVersionSchema> {
  return {
    policy_id: encodeId('policy', row.policyId),
    version: row.version,
    document: row.document,
    sha256: row.sha256.toString('hex'),
    note: row.note,
    published_at: row.publishedAt.toISOString(),
    published_by: row.publishedBy,
    current: row.version === current,
  }
}
