/** The talk page: makes the views, gives them to the controller, and minds focus, the two pages of a phone and the clock. */
import { announcements } from './announcements.ts'
import { createAnnouncer } from './announcer.ts'
import { createDockView } from './dock-view.ts'
import { element } from './element.ts'
import { createHeaderView } from './header-view.ts'
import { createNoticeView } from './notice-view.ts'
import { createPanelView } from './panel-view.ts'
import { TalkController } from './talk-controller.ts'
import type { TalkState } from './talk-state.ts'
import { createTranscriptView } from './transcript-view.ts'

const sessionPage = '#session'

function startTalkPage(): void {
  const controller = new TalkController({
    agentId: location.pathname.split('/').at(2) ?? '',
    fetch: (...request) => fetch(...request),
    nowMs: () => Date.now(),
    baseUrl: location.origin,
    onChange: show,
  })
  const header = createHeaderView({
    end: () => void controller.end(),
    showSession: () => (location.hash = sessionPage),
  })
  const transcript = createTranscriptView()
  const notice = createNoticeView((action) => controller.act(action))
  const panel = createPanelView(leaveSessionPage)
  const announcer = createAnnouncer()
  const dock = createDockView({
    notice: notice.node,
    onSend: (text) => controller.send(text),
    tell: (words) => announcer.announce({ polite: [words], assertive: [] }),
  })
  const talk = element('section', { class: 'talk', 'aria-label': 'Conversation' }, transcript.node, dock.node)
  const main = element('main', {}, talk, panel.node)

  function show(before: TalkState, after: TalkState): void {
    document.title = after.session === undefined ? 'Talk to the agent' : `Talk to ${after.session.agent.name}`
    main.dataset['phase'] = after.phase
    const hadFocus = document.activeElement !== null && document.activeElement !== document.body
    header.update(after)
    dock.update(after)
    notice.update(after, Date.now())
    transcript.update(after)
    panel.update(after)
    tick()
    announcer.announce(announcements(before, after))
    if (before.phase === after.phase) return
    // What had the focus went away (End, Start again, the message box): the focus goes on to what is to be done next.
    if (after.phase === 'ended' || after.phase === 'unopened') {
      if (hadFocus && focusIsLost()) notice.focusAction()
    } else if (after.phase === 'ready' && before.phase !== 'answering' && focusIsLost()) {
      dock.focus()
    }
  }

  /** The browser moves the focus off a hidden or disabled element only at its next frame, so those count as lost already. */
  function focusIsLost(): boolean {
    const active = document.activeElement
    return active === null || active === document.body || !active.checkVisibility() || active.matches(':disabled')
  }

  function tick(): void {
    header.tick(controller.state, Date.now())
    notice.tick(Date.now())
  }

  function showPage(): void {
    const isSession = location.hash === sessionPage
    main.dataset['page'] = isSession ? 'session' : 'talk'
  }

  function leaveSessionPage(): void {
    history.replaceState(null, '', location.pathname)
    showPage()
    header.sessionButton.focus()
  }

  window.addEventListener('hashchange', () => {
    showPage()
    if (location.hash === sessionPage) panel.heading.focus()
  })
  window.addEventListener('keydown', (event) => {
    // The way back stands on the page of its own only; beside the conversation there is nothing to leave.
    if (event.key === 'Escape' && location.hash === sessionPage && panel.back.checkVisibility()) leaveSessionPage()
  })
  setInterval(() => {
    controller.tick()
    tick()
  }, 1000)
  document.body.append(header.node, main, ...announcer.nodes)
  showPage()
  show(controller.state, controller.state)
  void controller.open()
}

startTalkPage()
