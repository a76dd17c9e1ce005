import { createVoiceSession } from '../voice/create-voice-session.ts'
import { startTalk } from './start-talk.ts'

/**
 * `<hyponema-talk>`: a conversation with one agent, typed or spoken. Attributes: `agent` (its id), and the addresses of the
 * two audio worklets, `microphone-worklet` and `player-worklet`. Needs the page's own style sheet, and it draws into itself,
 * so a strict Content-Security-Policy holds: no inline style, no blob, no text that becomes markup.
 */
export class TalkElement extends HTMLElement {
  #stop: (() => void) | undefined

  connectedCallback(): void {
    const worklets = {
      microphone: this.getAttribute('microphone-worklet') ?? '',
      player: this.getAttribute('player-worklet') ?? '',
    }
    this.#stop ??= startTalk({
      root: this,
      agentId: this.getAttribute('agent') ?? '',
      createVoice: (options) => createVoiceSession({ ...options, worklets }),
    })
  }

  disconnectedCallback(): void {
    this.#stop?.()
    this.#stop = undefined
    this.replaceChildren()
  }
}
