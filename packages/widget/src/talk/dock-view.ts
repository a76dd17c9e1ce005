import { element } from './element.ts'
import { measureMessage } from './message-length.ts'
import type { TalkState } from './talk-state.ts'

/**
 * Where the person writes. Enter sends, Shift+Enter begins a new line. When voice exists, its microphone button becomes the
 * first child of the form and the hint says what state it is in.
 */
export function createDockView(options: {
  notice: HTMLElement
  onSend: (text: string) => boolean
  /** Says to a screen reader what a glance at the counter says. */
  tell: (words: string) => void
}) {
  const box = element('textarea', {
    rows: '1',
    placeholder: 'Type a message',
    'aria-label': 'Message',
    'aria-describedby': 'hint room',
    enterkeyhint: 'send',
    autocomplete: 'off',
  })
  const send = element('button', { type: 'submit', class: 'plain send' }, 'Send')
  const form = element('form', {}, box, send)
  const hint = element('p', { class: 'hint', id: 'hint' }, 'Voice is not available yet: type to talk.')
  const room = element('p', { class: 'room', id: 'room', hidden: '' })
  const node = element('div', { class: 'dock' }, options.notice, form, room, hint)
  let returned: string | undefined
  let isReady = false
  let measured = measureMessage('')

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (measured.kind === 'over') options.tell(measured.words)
    else if (options.onSend(box.value)) write('')
    box.focus()
  })
  box.addEventListener('input', measure)
  box.addEventListener('keydown', (event) => {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })

  function write(text: string): void {
    box.value = text
    measure()
  }

  /** A long paste stays whole in the box, or words of it would be lost and nobody told. */
  function measure(): void {
    const before = measured
    measured = measureMessage(box.value)
    room.hidden = measured.kind === 'fits'
    room.dataset['room'] = measured.kind
    room.textContent = measured.words
    box.setAttribute('aria-invalid', String(measured.kind === 'over'))
    showSend()
    // Once at each change, not at each key.
    if (measured.kind !== before.kind && measured.kind !== 'fits') options.tell(measured.words)
  }

  function showSend(): void {
    send.setAttribute('aria-disabled', String(!isReady || measured.kind === 'over'))
  }

  function update(state: TalkState): void {
    const takesText = state.phase === 'ready' || state.phase === 'answering'
    box.disabled = !takesText
    isReady = state.phase === 'ready'
    showSend()
    form.hidden = state.phase === 'ended' || state.phase === 'unopened'
    hint.hidden = form.hidden
    room.hidden = form.hidden || measured.kind === 'fits'
    if (state.returnedText !== returned) {
      returned = state.returnedText
      if (returned !== undefined && box.value === '') write(returned)
    }
  }
  return { node, update, focus: () => box.focus() }
}
