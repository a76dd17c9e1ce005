import type { VoiceSession, VoiceSessionOptions } from '../voice/create-voice-session.ts'
import { announcements } from './announcements.ts'
import { createAnnouncer } from './announcer.ts'
import { createDockView } from './dock-view.ts'
import { element } from './element.ts'
import { createHeaderView } from './header-view.ts'
import { createKeyHelpView } from './key-help-view.ts'
import { moveFocus } from './move-focus.ts'
import { createNoticeView } from './notice-view.ts'
import { createPageTurns } from './page-turns.ts'
import { createPanelView } from './panel-view.ts'
import { createStartView } from './start-view.ts'
import { TalkController } from './talk-controller.ts'
import type { TalkState } from './talk-state.ts'
import { createTranscriptView } from './transcript-view.ts'
import { createVoiceControls } from './voice-controls.ts'

type TalkOptions = {
  readonly root: HTMLElement
  readonly agentId: string
  readonly createVoice: (options: Pick<VoiceSessionOptions, 'onFact' | 'onLevel'>) => VoiceSession
}

/** Makes the views, gives them to the controller, and minds focus and the clock. Returns its end. */
export function startTalk({ root, agentId, createVoice }: TalkOptions): () => void {
  const controls = createVoiceControls({
    microphone: () => controller.pressMicrophone(),
    sound: () => controller.pressSound(),
  })
  const controller = new TalkController({
    agentId,
    fetch: (...request) => fetch(...request),
    nowMs: () => Date.now(),
    baseUrl: location.origin,
    onChange: show,
    createVoice: (options) => createVoice({ ...options, onLevel: controls.show }),
  })
  const header = createHeaderView({
    end: () => void controller.end(),
    showSession: () => pages.open(),
  })
  const start = createStartView(() => controller.start())
  const keyHelp = createKeyHelpView({ origin: location.origin, agentId })
  const transcript = createTranscriptView(start.node)
  const notice = createNoticeView((action) => controller.act(action))
  const panel = createPanelView(() => pages.leave())
  const announcer = createAnnouncer()
  const dock = createDockView({
    notice: notice.node,
    controls,
    onSend: (text) => controller.send(text),
    onKeyHelp: keyHelp.open,
    tell: (words) => announcer.announce({ polite: [words], assertive: [] }),
  })
  const talk = element('section', { class: 'talk', 'aria-label': 'Conversation' }, transcript.node, dock.node)
  const main = element('main', {}, talk, panel.node)

  function show(before: TalkState, after: TalkState): void {
    document.title = after.session === undefined ? 'Talk to the agent' : `Talk to ${after.session.agent.name}`
    main.dataset['phase'] = after.phase
    const hadFocus = document.activeElement !== null && document.activeElement !== document.body
    header.update(after)
    start.update(after)
    controls.update(after)
    dock.update(after)
    notice.update(after, Date.now())
    transcript.update(after)
    panel.update(after)
    tick()
    announcer.announce(announcements(before, after))
    if (before.phase !== after.phase) moveFocus({ before, after, hadFocus, notice, start, dock })
  }

  function tick(): void {
    header.tick(controller.state, Date.now())
    notice.tick(Date.now())
  }

  const pages = createPageTurns({
    main,
    panel,
    sessionButton: header.sessionButton,
  })
  const clock = setInterval(() => {
    controller.tick()
    tick()
  }, 1000)
  root.append(header.node, main, keyHelp.node, ...announcer.nodes)
  pages.show()
  show(controller.state, controller.state)
  void controller.open()
  return () => {
    pages.stop()
    clearInterval(clock)
    controller.close()
  }
}
