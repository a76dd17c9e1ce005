import type { AgentDocument, PolicyReportBody } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { renderZoneReport } from '../policies/public.ts'
import { compileAgentPolicy } from './compile-agent-policy.ts'

/** How well the examples of a draft do. Only examples are learned from; a draft without them is compiled when it is published. */
export function renderPolicyReport(draft: AgentDocument): PolicyReportBody {
  if (!draft.policy.no_go_zones.some(({ examples }) => examples.length > 0)) return { zones: [], problems: [] }
  try {
    return { zones: renderZoneReport(compileAgentPolicy(draft, 0)), problems: [] }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'policy.does_not_compile') throw error
    return { zones: [], problems: (error.errors ?? []).map(({ pointer, detail }) => ({ pointer, detail })) }
  }
}
