import { expect, test } from 'vitest'
import { makeSpokenTurn } from './make-spoken-turn.ts'
import { listenWith } from './pipeline/voice/listening.ts'
import { HandDrivenClock } from './pipeline/voice/test-harness/hand-driven-clock.ts'
import { HandDrivenVoice } from './pipeline/voice/test-harness/hand-driven-voice.ts'
import type { SpeechToTextEvent } from './providers/speech-to-text-port.ts'
import { clearedWords } from './test-harness/cleared-words.ts'
import { newId } from './test-harness/make-context.ts'
import { VoiceAttachment } from './voice-attachment.ts'

test('a turn that the person interrupts at its first sound never tells that it speaks after it has told that it stopped', async () => {
  const told: string[] = []
  const attachment = new VoiceAttachment({
    send: ({ type }) => void told.push(type),
    encoderDelayMs: undefined,
    beginSpeech: () => undefined,
    sendAudio: () => true,
    interrupt: () => undefined,
    close: () => undefined,
  })
  let tell: (event: SpeechToTextEvent) => void = () => undefined
  const createListening = listenWith({
    makeVoiceActivity: () => ({ push: () => [], breakOff: () => [], close: () => undefined }),
    log: () => undefined,
  })
  const voice = new HandDrivenVoice()
  const controller = new AbortController()
  const turn = makeSpokenTurn({
    attachment,
    running: {
      id: newId(),
      signal: controller.signal,
      reached: () => undefined,
      heardCharacters: () => 0,
      cut: (why) => controller.abort(why),
      done: Promise.resolve(),
    },
    voice,
    playClock: new HandDrivenClock(),
    maySpeak: () => true,
    isFirstMessage: false,
    elapsedMs: () => 0,
  })
  attachment.ears = createListening({
    speechToText: {
      open: ({ onEvent }) => {
        tell = onEvent
        return { send: () => undefined, finalize: () => undefined, close: () => undefined, secondsUsed: () => 0 }
      },
    },
    language: 'en',
    signal: undefined,
    events: {
      onSpeechStarted: () => undefined,
      onSpeechStopped: () => undefined,
      onTranscript: () => undefined,
      onBargeIn: (what) => {
        if (what === 'cut') turn.cut()
      },
      onUtterance: () => undefined,
      onFailed: () => undefined,
    },
  })
  // The person goes on while the agent thinks, and the answer begins.
  tell({ type: 'interim', text: 'and another thing please' })
  turn.say(clearedWords('We are open. '))
  voice.deliver(500)
  await new Promise((settled) => setImmediate(settled))
  attachment.closeEars()
  expect(told.lastIndexOf('bot-stopped-speaking')).toBeGreaterThanOrEqual(told.lastIndexOf('bot-started-speaking'))
  expect(told.filter((type) => type === 'bot-started-speaking').length).toBe(
    told.filter((type) => type === 'bot-stopped-speaking').length,
  )
})
