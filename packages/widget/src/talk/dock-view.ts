import { element } from './element.ts'
import type { TalkState } from './talk-state.ts'

/** As in the contract (product.md): 1..8000 characters a message. */
const maxMessageCharacters = 8000

/**
 * Where the person writes. Enter sends, Shift+Enter begins a new line. When voice exists, its microphone button becomes the
 * first child of the form and the hint says what state it is in.
 */
export function createDockView(options: { notice: HTMLElement; onSend: (text: string) => boolean }) {
  const box = element('textarea', {
    rows: '1',
    maxlength: String(maxMessageCharacters),
    placeholder: 'Type a message',
    'aria-label': 'Message',
    'aria-describedby': 'hint',
    enterkeyhint: 'send',
    autocomplete: 'off',
  })
  const send = element('button', { type: 'submit', class: 'plain send' }, 'Send')
  const form = element('form', {}, box, send)
  const hint = element('p', { class: 'hint', id: 'hint' }, 'Voice is not available yet: type to talk.')
  const node = element('div', { class: 'dock' }, options.notice, form, hint)
  let returned: string | undefined

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (options.onSend(box.value)) box.value = ''
    box.focus()
  })
  box.addEventListener('keydown', (event) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })

  function update(state: TalkState): void {
    const takesText = state.phase === 'ready' || state.phase === 'answering'
    box.disabled = !takesText
    send.setAttribute('aria-disabled', String(state.phase !== 'ready'))
    form.hidden = state.phase === 'ended' || state.phase === 'unopened'
    hint.hidden = form.hidden
    if (state.returnedText !== returned) {
      returned = state.returnedText
      if (returned !== undefined && box.value === '') box.value = returned
    }
  }
  return { node, update, focus: () => box.focus() }
}
