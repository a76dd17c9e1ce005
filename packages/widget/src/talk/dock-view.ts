import { element } from './element.ts'
import { measureMessage } from './message-length.ts'
import type { TalkState } from './talk-state.ts'
import type { createVoiceControls } from './voice-controls.ts'
import { voiceHint } from './voice-hint.ts'

/**
 * Where the person writes and speaks. Enter sends, Shift+Enter begins a new line. The hint says what hears them; without
 * speech-to-text it leads to how that is added.
 */
export function createDockView(options: {
  notice: HTMLElement
  controls: Pick<ReturnType<typeof createVoiceControls>, 'microphone' | 'sound' | 'meter'>
  onSend: (text: string) => boolean
  onKeyHelp: () => void
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
  const { microphone, sound, meter } = options.controls
  const form = element('form', {}, microphone, box, send)
  const words = element('span', {})
  const addKey = element('button', { type: 'button', class: 'link' }, 'Add one')
  addKey.addEventListener('click', options.onKeyHelp)
  const orType = element('span', {}, addKey, ', or type.')
  const hint = element('p', { class: 'hint', id: 'hint' }, words, ' ', orType)
  const foot = element('div', { class: 'dock-foot' }, meter, hint, sound)
  const room = element('p', { class: 'room', id: 'room', hidden: '' })
  const node = element('div', { class: 'dock' }, options.notice, form, room, foot)
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
    const isTyped = state.phase === 'ready' || state.phase === 'answering'
    // In a spoken conversation typed words cut in, and begin it too.
    const cutsIn = state.voice !== undefined && state.phase !== 'reconnecting'
    box.disabled = !(isTyped || state.voice !== undefined)
    box.placeholder = state.voice?.listens === true ? 'Speak or type' : 'Type a message'
    isReady = state.phase === 'ready' || cutsIn
    showSend()
    form.hidden = state.phase === 'ended' || state.phase === 'unopened'
    foot.hidden = form.hidden
    if (words.textContent !== voiceHint(state)) words.textContent = voiceHint(state)
    orType.hidden = state.voice === undefined || state.voice.listens || state.phase === 'reconnecting'
    room.hidden = form.hidden || measured.kind === 'fits'
    if (state.returnedText !== returned) {
      returned = state.returnedText
      if (returned !== undefined && box.value === '') write(returned)
    }
  }
  // Who speaks has no use for the keyboard that a phone shows with a message box.
  return { node, update, focus: () => (microphone.hidden ? box : microphone).focus() }
}
