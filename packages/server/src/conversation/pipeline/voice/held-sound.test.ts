/** A word that the gate of the built-in voice still holds has no sound yet: that is no voice that stalls. */
import { afterAll, expect, it } from 'vitest'
import { createFliteVoice } from '../../providers/flite/create-flite-voice.ts'
import { createFliteVoices } from '../../providers/flite/create-flite-voices.ts'
import { clearedWords, openGate } from '../../test-harness/cleared-words.ts'
import { createPlayClock } from './play-clock.ts'
import { SpokenTurn } from './spoken-turn.ts'

const voices = createFliteVoices({ deadlineMs: 60_000 })
afterAll(() => voices.close())

const stallAfterMs = 3000

it('a turn goes on although a model thinks for long behind a word with which a forbidden phrase begins', async () => {
  await voices.speak({ voice: 'slt', text: 'Hello.' }, new AbortController().signal)
  const judge = openGate([{ name: 'zone', action: 'redirect', line: 'No.', phrases: ['moment of truth'] }])
  const turn = new SpokenTurn({
    voice: createFliteVoice({ voices, voice: 'slt', judge: judge.spokenJudge }),
    playClock: createPlayClock(),
    signal: new AbortController().signal,
    sendAudio: () => undefined,
    onHeard: () => undefined,
    onUnit: () => undefined,
    onStarted: () => undefined,
    onStopped: () => undefined,
    stallAfterMs,
  })
  turn.say(clearedWords('Moment! Here'))
  await new Promise((resolve) => setTimeout(resolve, stallAfterMs + 500))
  turn.say(clearedWords(' it is.'))
  expect(await turn.heardAll(new AbortController().signal)).toBe(true)
})
