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
    if (old === turn || turn.role === 'user') continue
    for (const mark of turn.guards.slice(old?.guards.length ?? 0)) assertive.push(guardLabel(mark))
    const isDone = old?.status === 'writing' && turn.status !== 'writing' && turn.text !== ''
    // Who hears the agent itself does not need its words read over it.
    if (isDone && after.voice?.sound !== 'on') polite.push(spoken(turn))
  }
  if (before.session === undefined && after.session !== undefined) {
    const { name, title } = after.session.agent
    polite.unshift(
      after.voice === undefined
        ? `Connected to ${name}, ${title}`
        : `${name}, ${title}. Press Start talking, or type a message`,
    )
  }
  if (after.notice !== undefined && after.notice !== before.notice && !isAlreadyTold(after)) {
    const words = `${after.notice.title}. ${after.notice.advice}`
    if (after.notice.tone === 'fails') assertive.push(words)
    else polite.push(words)
  }
  polite.push(...voiceChanges(before, after))
  return { polite, assertive }
}

/** What a glance at the microphone says. */
function voiceChanges({ voice: before, phase: earlier }: TalkState, { voice: after, phase }: TalkState): string[] {
  if (after === undefined || before === undefined) return []
  if (earlier === 'reconnecting' && (phase === 'ready' || phase === 'answering')) return ['Connected again']
  if (before.microphone === after.microphone) return []
  const words: Partial<Record<typeof after.microphone, string>> = {
    on: 'The microphone is on',
    muted: 'The microphone is muted',
    refused: 'The microphone is blocked for this page. You can type',
    missing: 'No microphone was found. You can type',
    busy: 'Another program uses the microphone. You can type',
    lost: 'The microphone was disconnected. You can type',
    unavailable: 'There is no microphone here. You can type',
  }
  const said = words[after.microphone]
  return said === undefined ? [] : [said]
}

/** The reply itself has just been read out as cut off; saying it again would speak over the reply. */
function isAlreadyTold({ phase, notice, turns }: TalkState): boolean {
  const last = turns.findLast((turn) => turn.role === 'agent')
  return phase === 'ready' && notice?.tone === 'plain' && last?.status === 'cut' && last.text !== ''
}

function spoken(turn: TalkTurn): string {
  const name = turn.role === 'person' ? 'A person' : 'Agent'
  return turn.status === 'cut' ? `${name}, cut off: ${turn.text}` : `${name}: ${turn.text}`
}
