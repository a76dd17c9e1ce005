import { element } from './element.ts'
import { icon } from './icon.ts'
import type { Notice, NoticeAction, TalkState } from './talk-state.ts'

const actionWords = {
  start_again: 'Start again',
  send_again: 'Send again',
  end_again: 'End again',
} as const satisfies Record<NoticeAction, string>

/** What happened, what to do, and the one button that does it. The announcer says the same to screen readers. */
export function createNoticeView(onAction: (action: NoticeAction) => void) {
  const node = element('div', { class: 'notice', role: 'group', 'aria-label': 'Notice', hidden: '' })
  let shown: Notice | undefined
  let button: HTMLButtonElement | undefined

  function update(state: TalkState, nowMs: number): void {
    if (state.notice !== shown) draw(state)
    tick(nowMs)
  }
  function draw(state: TalkState): void {
    shown = state.notice
    button = undefined
    node.hidden = shown === undefined
    node.replaceChildren()
    if (shown === undefined) return
    const { action, tone, title, advice, requestId } = shown
    node.className = `notice ${tone}`
    const text = element('div', { class: 'notice-text' }, element('strong', {}, title), element('span', {}, advice))
    if (requestId !== undefined) text.append(element('small', {}, requestId))
    node.append(icon(tone === 'fails' ? 'warning' : 'note'), text)
    if (action === undefined) return
    button = element('button', { type: 'button', class: 'plain action' }, wordsFor(action, state))
    button.addEventListener('click', () => onAction(action))
    node.append(button)
  }
  /** While the server asked to wait, the button says for how long. */
  function tick(nowMs: number): void {
    if (button === undefined || shown?.action === undefined || shown.notBeforeMs === undefined) return
    const seconds = Math.ceil((shown.notBeforeMs - nowMs) / 1000)
    const words = button.dataset['words'] ?? button.textContent
    button.dataset['words'] = words
    button.setAttribute('aria-disabled', String(seconds > 0))
    const text = seconds > 0 ? `${words} in ${seconds} s` : words
    if (button.textContent !== text) button.textContent = text
  }
  return { node, update, tick, focusAction: () => button?.focus() }
}

function wordsFor(action: NoticeAction, state: TalkState): string {
  if (state.phase === 'unopened') return 'Try again'
  // The greeting failed: there is no message to repeat.
  if (action === 'send_again' && state.turns.every((turn) => turn.role !== 'user')) return 'Try again'
  return actionWords[action]
}
