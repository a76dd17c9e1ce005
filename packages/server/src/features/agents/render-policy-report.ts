import type { AgentDocument, PolicyReportBody } from '@hyponema/contract'
import { policyReport } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'
import { compileAgentPolicy } from './compile-agent-policy.ts'

/** How well the examples of a draft do. Only examples are learned from; a draft without them is compiled when it is published. */
export function renderPolicyReport(draft: AgentDocument): PolicyReportBody {
  if (!draft.policy.no_go_zones.some(({ examples }) => examples.length > 0)) return { zones: [], problems: [] }
  try {
    const { zones } = policyReport(compileAgentPolicy(draft, 0))
    return { zones: zones.map((zone) => ({ ...zone, hints: [...zone.hints] })), problems: [] }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'policy.does_not_compile') throw error
    return { zones: [], problems: (error.errors ?? []).map(({ pointer, detail }) => ({ pointer, detail })) }
  }
}
