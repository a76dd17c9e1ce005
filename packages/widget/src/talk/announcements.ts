import { guardLabel } from './guard-label.ts'
import type { TalkState, TalkTurn } from './talk-state.ts'

/** What a screen reader is told: whole finished turns politely, the guard and failures at once and in few words. */
export type Announcements = { readonly polite: readonly string[]; readonly assertive: readonly string[] }

/** Compares two states in a row. Tokens announce nothing: a reply is read out once, when it is whole. */
export function announcements(before: TalkState, after: TalkState): Announcements {
  const earlier = new Map(before.turns.map((turn) => [turn.key, turn]))
  const polite: string[] = []
  const assertive: string[] = []
  for (const turn of after.turns) {
    const old = earlier.get(turn.key)
    if (old === turn || turn.role !== 'agent') continue
    for (const mark of turn.guards.slice(old?.guards.length ?? 0)) assertive.push(guardLabel(mark))
    if (old?.status === 'writing' && turn.status !== 'writing' && turn.text !== '') polite.push(spoken(turn))
  }
  if (before.session === undefined && after.session !== undefined) {
    polite.unshift(`Connected to ${after.session.agent.name}, ${after.session.agent.title}`)
  }
  if (after.notice !== undefined && after.notice !== before.notice && !isAlreadyTold(after)) {
    const words = `${after.notice.title}. ${after.notice.advice}`
    if (after.notice.tone === 'fails') assertive.push(words)
    else polite.push(words)
  }
  return { polite, assertive }
}

/** The reply itself has just been read out as cut off; saying it again would speak over the reply. */
function isAlreadyTold({ phase, notice, turns }: TalkState): boolean {
  const last = turns.findLast((turn) => turn.role === 'agent')
  return phase === 'ready' && notice?.tone === 'plain' && last?.status === 'cut' && last.text !== ''
}

function spoken(turn: TalkTurn): string {
  return turn.status === 'cut' ? `Agent, cut off: ${turn.text}` : `Agent: ${turn.text}`
}
