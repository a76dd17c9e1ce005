import { element } from './element.ts'
import { icon } from './icon.ts'
import type { TalkState } from './talk-state.ts'

/** As loud as speech into a microphone gets on average; more fills the meter. */
const fullLevel = 0.25
const barCount = 5

/**
 * The microphone with its level around it, the sound, and a small meter of who is speaking. The meter is for the eye only:
 * the hint beside it says the same in words.
 */
export function createVoiceControls(on: { microphone: () => void; sound: () => void }) {
  const microphone = element('button', { type: 'button', class: 'mic' })
  microphone.addEventListener('click', on.microphone)
  const sound = element('button', { type: 'button', class: 'plain sound' })
  sound.addEventListener('click', on.sound)
  const bars = Array.from({ length: barCount }, () => element('span'))
  const meter = element('span', { class: 'meter', 'aria-hidden': 'true' }, ...bars)
  let drawn = ''

  function update(state: TalkState): void {
    const { voice, phase } = state
    const isRunning = phase === 'connecting' || phase === 'ready' || phase === 'answering' || phase === 'reconnecting'
    microphone.hidden = voice === undefined || !voice.listens || !isRunning
    sound.hidden = voice === undefined || !isRunning
    meter.hidden = voice === undefined || !isRunning
    if (voice === undefined) return
    const isOpen = voice.microphone === 'on'
    const key = `${voice.microphone} ${voice.sound}`
    const who = voice.personSpeaks ? 'person' : 'agent'
    if (meter.dataset['who'] !== who || phase === 'reconnecting')
      for (const bar of bars) bar.removeAttribute('data-lit')
    meter.dataset['who'] = who
    if (key === drawn) return
    drawn = key
    microphone.dataset['state'] = voice.microphone
    microphone.setAttribute('aria-label', microphoneLabel(voice.microphone))
    microphone.setAttribute('aria-disabled', String(voice.microphone === 'asking'))
    microphone.replaceChildren(icon(isOpen || voice.microphone === 'asking' ? 'microphone' : 'microphoneOff'))
    const isHeard = voice.sound === 'on'
    sound.replaceChildren(icon(isHeard ? 'sound' : 'soundOff'), element('span', {}, soundWords(voice.sound)))
    sound.setAttribute('aria-label', `${soundWords(voice.sound)}: turn it ${isHeard ? 'off' : 'on'}`)
    if (voice.microphone !== 'on') show('person', 0)
  }

  /** Some 20 to 50 times a second, so it goes past the state of the page. */
  function show(who: 'agent' | 'person', level: number): void {
    const share = Math.min(1, Math.sqrt(level / fullLevel))
    if (who === 'person') microphone.style.setProperty('--level', share.toFixed(2))
    if (meter.dataset['who'] !== who) return
    for (const [index, bar] of bars.entries()) bar.toggleAttribute('data-lit', share > (index + 0.5) / barCount)
  }
  return { microphone, sound, meter, update, show }
}

function microphoneLabel(state: NonNullable<TalkState['voice']>['microphone']): string {
  if (state === 'on') return 'Mute microphone'
  return state === 'muted' ? 'Unmute microphone' : 'Turn on microphone'
}

function soundWords(state: NonNullable<TalkState['voice']>['sound']): string {
  if (state === 'on') return 'Sound on'
  return state === 'none' ? 'No sound here' : 'Sound off'
}
