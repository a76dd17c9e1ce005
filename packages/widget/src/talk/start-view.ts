import { element } from './element.ts'
import { icon } from './icon.ts'
import type { TalkState } from './talk-state.ts'

/** What stands in the place of the transcript until the person begins: browsers make no sound before. */
export function createStartView(onStart: () => void) {
  const heading = element('h2', { class: 'start-heading' })
  const words = element('p')
  const button = element('button', { type: 'button', class: 'start-button' })
  button.addEventListener('click', onStart)
  const node = element('div', { class: 'start', hidden: '' }, heading, words, button)

  function update(state: TalkState): void {
    node.hidden = state.phase !== 'waiting' && (state.phase !== 'connecting' || state.turns.length > 0)
    if (node.hidden || state.session === undefined) return
    const listens = state.voice?.listens === true
    const isWaiting = state.phase === 'waiting'
    heading.textContent = `Talk to ${state.session.agent.name}`
    words.textContent = listens
      ? 'You talk to an AI. It speaks, and it hears you through your microphone. You can type at any time.'
      : 'You talk to an AI. It speaks, and you type.'
    button.replaceChildren(icon(listens ? 'microphone' : 'sound'), isWaiting ? 'Start talking' : connecting(state))
    button.setAttribute('aria-disabled', String(!isWaiting))
  }
  return { node, update, focus: () => button.focus() }
}

function connecting(state: TalkState): string {
  return state.voice?.microphone === 'asking' ? 'Waiting for the microphone' : 'Connecting'
}
