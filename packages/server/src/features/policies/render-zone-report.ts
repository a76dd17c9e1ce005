import type { PolicyReportBody } from '@hyponema/contract'
import { type CompiledPolicy, policyReport } from '@hyponema/policy'

/** How well the examples of each zone tell what is meant from what is harmless. */
export function renderZoneReport(policy: CompiledPolicy): PolicyReportBody['zones'] {
  return policyReport(policy).zones.map((zone) => ({ ...zone, hints: [...zone.hints] }))
}
