/** The built-in voice reads numbers, money and short forms out as words: what it says is judged, not what it was given. */
import { afterAll, describe, expect, it } from 'vitest'
import { clearedWords, openGate } from '../../test-harness/cleared-words.ts'
import { createFliteVoice } from './create-flite-voice.ts'
import { createFliteVoices } from './create-flite-voices.ts'

const voices = createFliteVoices({ deadlineMs: 60_000 })
afterAll(() => voices.close())

describe.each([
  ['Take 4 tablets.', 'Take four tablets.', 'four tablets'],
  ['Pay $5 now.', 'Pay five dollars now.', 'five dollars'],
  ['Call Dr. Death.', 'Call doctor Death.', 'doctor death'],
  ['Read 1984 now.', 'Read nineteen eighty four now.', 'nineteen eighty four'],
  ['It was Henry VIII.', 'It was Henry the eighth.', 'henry the eighth'],
])('"%s" is heard as "%s"', (written, heard, forbidden) => {
  it('to the last sample', async () => {
    expect(Buffer.compare(await speak(written), await speak(heard))).toBe(0)
  })

  it(`so a rule against "${forbidden}" withholds it`, async () => {
    const judge = openGate([{ name: 'zone', action: 'redirect', line: 'No.', phrases: [forbidden] }])
    await expect(speak(written, judge).then(({ length }) => length)).rejects.toMatchObject({ kind: 'bad_request' })
  })
})

async function speak(text: string, judge = openGate()): Promise<Buffer> {
  const utterance = createFliteVoice({ voices, voice: 'slt', judge: judge.spokenJudge }).open(
    new AbortController().signal,
  )
  utterance.say(clearedWords(text))
  utterance.end()
  const pieces: Uint8Array[] = []
  for await (const { pcm } of utterance.audio) pieces.push(pcm)
  return Buffer.concat(pieces)
}
