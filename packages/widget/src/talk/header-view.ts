import { element } from './element.ts'
import { formatCount, formatElapsed } from './format-evidence.ts'
import { icon, mark } from './icon.ts'
import type { TalkState } from './talk-state.ts'

const withEnd: ReadonlyArray<TalkState['phase']> = ['connecting', 'ready', 'answering', 'reconnecting', 'ending']

/** Who one talks to, for how long, and the way out. On a phone also the way to the second page. */
export function createHeaderView(on: { end: () => void; showSession: () => void }) {
  const name = element('h1', { class: 'name' })
  const title = element('span', { class: 'quiet title' })
  const elapsed = element('span', { class: 'elapsed', role: 'timer', 'aria-label': 'Time in this session' })
  const count = element('span', { class: 'count', 'aria-hidden': 'true' })
  const toSession = element('button', { type: 'button', class: 'plain to-session' }, icon('list'), count)
  const end = element('button', { type: 'button', class: 'plain end' }, 'End')
  toSession.addEventListener('click', on.showSession)
  end.addEventListener('click', on.end)
  const node = element('header', {}, mark(), element('div', { class: 'names' }, name, title), elapsed, toSession, end)

  function update(state: TalkState): void {
    name.textContent = state.session?.agent.name ?? 'Hyponema'
    title.textContent = state.session?.agent.title ?? ''
    count.textContent = state.decisions.length === 0 ? '' : String(state.decisions.length)
    toSession.setAttribute('aria-label', `Session details, ${formatCount(state.decisions.length, 'decision')}`)
    toSession.hidden = state.session === undefined
    end.hidden = !withEnd.includes(state.phase)
    end.textContent = state.phase === 'ending' ? 'Ending' : 'End'
    end.setAttribute('aria-disabled', String(state.phase === 'ending'))
  }
  function tick(state: TalkState, nowMs: number): void {
    const { startedAtMs } = state
    const text = startedAtMs === undefined ? '' : formatElapsed((state.endedAtMs ?? nowMs) - startedAtMs)
    if (elapsed.textContent !== text) elapsed.textContent = text
  }
  return { node, update, tick, sessionButton: toSession }
}
