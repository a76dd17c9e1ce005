import { element } from './element.ts'
import type { TalkState, TalkTurn } from './talk-state.ts'
import { createTurnView, type TurnView } from './turn-view.ts'

/** How near the end still counts as reading along: about two lines. */
const nearEndPx = 56

/**
 * The conversation. It is not a live region itself, or a screen reader would read every token: the announcer speaks whole
 * turns. It scrolls along while the reader is at the end and stays where it is while they read further up.
 */
export function createTranscriptView(start: HTMLElement): {
  readonly node: HTMLElement
  readonly update: (state: TalkState) => void
} {
  const list = element('ol', { class: 'log', role: 'list' })
  const opening = element('p', { class: 'opening' }, 'Connecting to the agent')
  const node = element(
    'div',
    { class: 'transcript', tabindex: '0', role: 'region', 'aria-label': 'Transcript' },
    opening,
    start,
    list,
  )
  const views = new Map<string, { readonly view: TurnView; readonly turn: TalkTurn }>()
  let follows = true
  node.addEventListener('scroll', () => {
    follows = node.scrollHeight - node.scrollTop - node.clientHeight <= nearEndPx
  })
  // A notice or a keyboard takes room from below: who reads at the end goes on reading there.
  new ResizeObserver(scrollAlong).observe(node)
  function scrollAlong(): void {
    if (follows) node.scrollTop = node.scrollHeight
  }
  function update(state: TalkState): void {
    const hasNewMessage = state.turns.some((turn) => turn.role === 'user' && !views.has(turn.key))
    opening.hidden = state.phase !== 'opening'
    const present = new Set(state.turns.map((turn) => turn.key))
    for (const [key, { view }] of views) {
      if (present.has(key)) continue
      view.node.remove()
      views.delete(key)
    }
    for (const turn of state.turns) draw(turn, state)
    follows ||= hasNewMessage
    scrollAlong()
  }
  function draw(turn: TalkTurn, state: TalkState): void {
    const known = views.get(turn.key)
    if (known?.turn === turn) return
    const view =
      known?.view ??
      createTurnView(turn, { language: state.session?.agent.language, isSpoken: state.voice !== undefined })
    if (known === undefined) list.append(view.node)
    else view.update(turn)
    views.set(turn.key, { view, turn })
  }
  return { node, update }
}
