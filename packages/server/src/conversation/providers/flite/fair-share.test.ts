/** One thread speaks for every session of a process, so no text may cost it much more than words of the same length. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clearedWords, openGate } from '../../test-harness/cleared-words.ts'
import { affordablePieces } from './affordable-pieces.ts'
import { createFliteVoice } from './create-flite-voice.ts'
import { createFliteVoices } from './create-flite-voices.ts'

const digits = '1'.repeat(300)
const prose = 'This is a sentence of usual words that goes on for a while, and another one follows it. '
  .repeat(4)
  .slice(0, 300)
const voices = createFliteVoices({ deadlineMs: 60_000 })
const unwanted = new AbortController()

/** How long it speaks, in bytes. */
async function speak(text: string, signal = new AbortController().signal): Promise<number> {
  const utterance = createFliteVoice({ voices, voice: 'slt', judge: openGate().spokenJudge }).open(signal)
  utterance.say(clearedWords(text))
  utterance.end()
  let bytes = 0
  for await (const { pcm } of utterance.audio) bytes += pcm.length
  return bytes
}

beforeAll(() => speak('Hello.'))
afterAll(() => voices.close())

describe('a unit of the longest length', () => {
  it('is cut into pieces that cost about as much whatever they say', async () => {
    const words = await msOf(prose)
    const pieces = affordablePieces(digits)
    expect(pieces.length).toBeGreaterThan(4)
    expect((await msOf(digits)) / pieces.length / words).toBeLessThan(5)
  })

  it('of a session that was cut does not keep another one waiting for seconds', async () => {
    const alone = await msOf('Hello there.')
    const cut = speak(digits, unwanted.signal)
    unwanted.abort(new Error('the person interrupted'))
    await expect(cut).rejects.toThrow('the person interrupted')
    expect((await msOf('Hello there.')) - alone).toBeLessThan(1500)
  })
})

async function msOf(text: string): Promise<number> {
  const startedMs = performance.now()
  await speak(text)
  return performance.now() - startedMs
}
