import type { TalkSession } from '@hyponema/contract'
import { decisionRow } from './decision-row.ts'
import { element } from './element.ts'
import { shortId } from './format-evidence.ts'
import { icon } from './icon.ts'
import type { Decision, TalkState } from './talk-state.ts'

/** Under which terms one talks, and what was decided. Beside the conversation, or a page of its own on a phone. */
export function createPanelView(onBack: () => void) {
  const back = element('button', { type: 'button', class: 'plain back' }, icon('back'), 'Conversation')
  back.addEventListener('click', onBack)
  const facts = element('dl')
  const heading = element('h2', { tabindex: '-1' }, 'This session')
  const none = element(
    'p',
    { class: 'quiet' },
    'None yet. Each time the guard steps in or a tool runs, it is listed here.',
  )
  const rows = element('ul', { class: 'rows', role: 'list', 'aria-labelledby': 'decisions-heading' })
  const sections = [
    element('section', {}, heading, facts),
    element('section', {}, element('h2', { id: 'decisions-heading' }, 'Decisions'), none, rows),
  ]
  const node = element('aside', { 'aria-label': 'Session and decisions' }, back, ...sections)
  let session: TalkSession | undefined
  let wasJoined = false
  let decisions: readonly Decision[] = []

  function update(state: TalkState): void {
    // Once a token has opened its socket it opens no other.
    const isJoined = state.voice?.isJoined === true
    if (state.session !== session || isJoined !== wasJoined) facts.replaceChildren(...sessionFacts(state))
    session = state.session
    wasJoined = isJoined
    for (const section of sections) section.hidden = session === undefined
    none.hidden = state.decisions.length > 0
    if (state.decisions !== decisions) rows.replaceChildren(...state.decisions.map(decisionRow))
    decisions = state.decisions
  }
  return { node, update, heading, back }
}

function sessionFacts(state: TalkState): HTMLElement[] {
  if (state.session === undefined) return []
  const { session, policy, retention } = state.session
  const kept = retention.days === null ? 'no end set' : `${retention.days} days`
  return [
    fact('Session', shortId(session.id), session.id),
    fact('Token', tokenWords(state)),
    fact('Policy', `${policy.name} v${policy.version} · ${policy.sha256.slice(0, 6)}`, policy.sha256),
    fact('Kept for', retention.sealed ? `${kept}, sealed` : `${kept}, not sealed`),
  ]
}

function tokenWords({ voice, expiresAtMs }: TalkState): string {
  if (voice?.isJoined === true) return 'spent, 1 socket'
  return `${voice === undefined ? 'text' : 'voice'}, until ${localTime(expiresAtMs)}`
}

function fact(name: string, value: string, whole?: string): HTMLElement {
  return element('div', {}, element('dt', {}, name), element('dd', whole === undefined ? {} : { title: whole }, value))
}

function localTime(timeMs: number | undefined): string {
  if (timeMs === undefined) return 'unknown'
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(timeMs)
}
