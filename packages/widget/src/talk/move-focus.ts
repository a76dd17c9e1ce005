import type { TalkState } from './talk-state.ts'

/** What had the focus went away (End, Start again, the message box): the focus goes on to what is to be done next. */
export function moveFocus(options: {
  before: TalkState
  after: TalkState
  /** Whether anything had the focus before the change was drawn. */
  hadFocus: boolean
  notice: { readonly focusAction: () => void }
  start: { readonly focus: () => void }
  dock: { readonly focus: () => void }
}): void {
  const { before, after } = options
  if (after.phase === 'ended' || after.phase === 'unopened') {
    if (options.hadFocus && focusIsLost()) options.notice.focusAction()
  } else if (after.phase === 'waiting') {
    if (focusIsLost()) options.start.focus()
  } else if (after.phase === 'ready' && before.phase !== 'answering' && focusIsLost()) {
    options.dock.focus()
  }
}

/** The browser moves the focus off a hidden or disabled element only at its next frame, so those count as lost already. */
function focusIsLost(): boolean {
  const active = document.activeElement
  return active === null || active === document.body || !active.checkVisibility() || active.matches(':disabled')
}
