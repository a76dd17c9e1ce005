import type { OwnVoiceMessage } from '@hyponema/contract'
import type { LastEvent } from './live-session.ts'
import type { CommittedTurn } from './pipeline/commit-turn.ts'

/** A warning leaves room for two more exchanges. */
const warnTurnsLeft = 4

/** What a client is told of the limits that a session comes near to with this turn. */
export function nearLimits(
  event: LastEvent,
  committed: CommittedTurn | undefined,
  { max_tokens: maxTokens }: { readonly max_tokens: number },
): readonly OwnVoiceMessage[] {
  if (event.event === 'error' || committed === undefined || committed.endReason !== undefined) return []
  const { turnsLeft, tokensLeft } = committed
  return [
    ...(turnsLeft <= warnTurnsLeft ? [{ type: 'limit', limit: 'turns', seconds_left: null } as const] : []),
    ...(tokensLeft < maxTokens / 10 ? [{ type: 'limit', limit: 'tokens', seconds_left: null } as const] : []),
  ]
}
