import { type agentRetentionSchema, type RetentionContent, type RetentionRules, ruleDays } from '@hyponema/contract'
import type { z } from 'zod'

type AgentRetention = z.infer<typeof agentRetentionSchema>

/**
 * The rules of a workspace as they hold for one of its agents: by class the shorter of both, whichever was set last. A longer one of
 * an agent is not refused, because the workspace's may become longer or shorter after the agent was published.
 */
export function resolveRules(workspace: RetentionRules, agent: AgentRetention): RetentionRules {
  const shorter = (name: RetentionContent): number | 'never' => {
    const own = agent[name]
    return own !== undefined && ruleDays(own) < ruleDays(workspace[name]) ? own : workspace[name]
  }
  const transcripts = shorter('transcripts')
  const ofTools = shorter('tool_payloads')
  return {
    ...workspace,
    transcripts,
    recordings: shorter('recordings'),
    // They stand in the rows of the turns, so they leave with them at the latest.
    tool_payloads: ruleDays(transcripts) < ruleDays(ofTools) ? transcripts : ofTools,
    decisions: shorter('decisions'),
    traces: shorter('traces'),
  }
}
