import { fliteVoices as names } from '@hyponema/contract'
import { afterAll, describe, expect, it } from 'vitest'
import { clearedWords, openGate } from '../../test-harness/cleared-words.ts'
import { describeTextToSpeech } from '../test-harness/describe-text-to-speech.ts'
import { speechRate } from '../text-to-speech-port.ts'
import { createFliteVoice } from './create-flite-voice.ts'
import { createFliteVoices } from './create-flite-voices.ts'

const voices = createFliteVoices()
afterAll(() => voices.close())

describeTextToSpeech('flite', {
  make: () => createFliteVoice({ voices, voice: 'slt', judge: openGate().spokenJudge }),
  tellsCharacters: true,
  faults: {
    timeout: () =>
      createFliteVoice({ voices: createFliteVoices({ deadlineMs: 0 }), voice: 'slt', judge: openGate().spokenJudge }),
    unavailable: () =>
      createFliteVoice({ voices: createFliteVoices({ maxQueued: 0 }), voice: 'slt', judge: openGate().spokenJudge }),
  },
})

describe('the voices of flite', () => {
  it.each(names)('%s is loud enough, as long as its words, and ends in silence', async (voice) => {
    const samples = await speak('Hello, how can I help you today?', voice)
    expect(samples.length / speechRate).toBeGreaterThan(1.2)
    expect(samples.length / speechRate).toBeLessThan(3)
    expect(loudness(samples)).toBeGreaterThan(500)
    expect(Math.abs(samples[0] ?? 0)).toBeLessThan(50)
    expect(Math.abs(samples.at(-1) ?? 0)).toBeLessThan(50)
  })

  it('begins with its words instead of flite’s pause', async () => {
    const samples = await speak('Hello.', 'slt')
    expect(samples.findIndex((sample) => Math.abs(sample) > 300) / speechRate).toBeLessThan(0.06)
  })

  it('has a voice of 8 kHz speak as fast as it does at 16', async () => {
    const [narrow, wide] = [await speak('Hello there.', 'kal'), await speak('Hello there.', 'kal16')]
    expect(narrow.length / wide.length).toBeCloseTo(1, 1)
  })

  it.each([
    ['an option', '-o /etc/passwd'],
    ['help', '-h'],
    ['a path', '/etc/hostname'],
    ['phones', '(p r ih1 n t)'],
    ['SSML', '<speak>hello</speak>'],
    ['a NUL', 'hello\u0000 world'],
  ])('speaks %s as the text that it is', async (_what, text) => {
    expect(loudness(await speak(text, 'slt'))).toBeGreaterThan(300)
  })

  it.each([
    ['a letter that becomes two', { phrases: ['caesium'] }, 'Drink the cæsium now.'],
    ['an accent that a regex does not know', { regexes: ['aspirin'] }, 'Take some aspírin daily.'],
  ])('says nothing that a rule withholds as it sounds: %s', async (_what, zone, text) => {
    const judge = openGate([{ name: 'zone', action: 'redirect', line: 'No.', ...zone }])
    expect(judge.sayLine(text).join('')).toBe(text)
    await expect(speak(text, 'slt', judge)).rejects.toMatchObject({ kind: 'bad_request' })
  })

  it('is not even given what the gate hears for itself: a sign that is read out', () => {
    const judge = openGate([{ name: 'zone', action: 'redirect', line: 'No.', phrases: ['five euros'] }])
    expect(judge.sayLine('It costs five € today.').join('')).toBe('')
  })

  it('forgets what it held of an utterance that was cut', async () => {
    const judge = openGate([{ name: 'zone', action: 'redirect', line: 'No.', phrases: ['four tablets'] }])
    const cut = new AbortController()
    let computed = 0
    const counting = {
      ...voices,
      speak: async (...asked: Parameters<typeof voices.speak>) => {
        const spoken = await voices.speak(...asked)
        computed += 1
        return spoken
      },
    }
    const utterance = createFliteVoice({ voices: counting, voice: 'slt', judge: judge.spokenJudge }).open(cut.signal)
    utterance.say(clearedWords('Take 4'))
    const bytes = (async () => {
      let sum = 0
      for await (const { pcm } of utterance.audio) sum += pcm.length
      return sum
    })()
    const cutAway = expect(bytes).rejects.toThrow('cut')
    await expect.poll(() => computed, { timeout: 20_000 }).toBe(1)
    cut.abort(new Error('cut'))
    await cutAway
    judge.userTookTurn()
    expect(judge.spokenJudge.asHeard('hello. ')).toBeGreaterThan(4)
  })

  it('holds the sound of what may become a phrase, and plays it when it has not', async () => {
    const judge = openGate([{ name: 'zone', action: 'redirect', line: 'No.', phrases: ['four tablets'] }])
    const utterance = createFliteVoice({ voices, voice: 'slt', judge: judge.spokenJudge }).open(
      new AbortController().signal,
    )
    for (const unit of ['Take 4 ', 'of them.']) utterance.say(clearedWords(unit))
    utterance.end()
    const told: (number | undefined)[] = []
    for await (const { charactersSpoken } of utterance.audio) told.push(charactersSpoken)
    expect(told.filter((characters) => characters !== undefined)).toEqual([7, 15])
  })

  it.each(['你好世界。', 'Take four 四 tablets.'])('refuses letters that it would leave out: %j', async (text) => {
    await expect(speak(text, 'slt')).rejects.toMatchObject({ kind: 'bad_request' })
  })

  it('hands on no piece longer than 200 ms', async () => {
    const sizes: number[] = []
    const utterance = createFliteVoice({ voices, voice: 'slt', judge: openGate().spokenJudge }).open(
      new AbortController().signal,
    )
    utterance.say(clearedWords('This sentence is long enough for many pieces of audio.'))
    utterance.end()
    for await (const { pcm } of utterance.audio) sizes.push(pcm.length)
    expect(sizes.length).toBeGreaterThan(5)
    expect(Math.max(...sizes)).toBe(0.2 * speechRate * 2)
  })
})

async function speak(text: string, voice: (typeof names)[number], judge = openGate()): Promise<Int16Array> {
  const utterance = createFliteVoice({ voices, voice, judge: judge.spokenJudge }).open(new AbortController().signal)
  utterance.say(clearedWords(text))
  utterance.end()
  const pieces: Uint8Array[] = []
  for await (const { pcm } of utterance.audio) pieces.push(pcm)
  return new Int16Array(new Uint8Array(Buffer.concat(pieces)).buffer)
}

/** Root mean square: 500 of 32,768 is quiet speech, silence has less than 20. */
function loudness(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}
