import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../../../kernel/app-error.ts'
import { clearedWords } from '../../test-harness/cleared-words.ts'
import { ProviderError, type ProviderErrorKind } from '../provider-error.ts'
import type { SpokenAudio, TextToSpeechPort, Utterance } from '../text-to-speech-port.ts'

type Maker = () => TextToSpeechPort | Promise<TextToSpeechPort>

export type TextToSpeechUnderTest = {
  /** A voice of a session of its own. The suite closes it. */
  readonly make: Maker
  /** Whether its audio comes with `charactersSpoken`. */
  readonly tellsCharacters: boolean
  /** Voices whose provider refuses or fails as named, when they are asked to say something. */
  readonly faults?: Partial<Record<ProviderErrorKind, Maker>>
}

const first = clearedWords('Hello, this is the clinic. ')
const second = clearedWords('How can I help you?')

type MakeVoice = (maker?: Maker) => Promise<TextToSpeechPort>

/** What every voice does, whoever speaks: a new adapter passes this and a suite of its own for what is particular to it. */
export function describeTextToSpeech(
  name: string,
  { make, tellsCharacters, faults = {} }: TextToSpeechUnderTest,
): void {
  const made: TextToSpeechPort[] = []
  afterEach(() => {
    for (const voice of made.splice(0)) voice.close()
  })
  const makeVoice = async (maker = make): Promise<TextToSpeechPort> => {
    const voice = await maker()
    made.push(voice)
    return voice
  }

  describe(`${name} as a voice`, () => {
    itSpeaks(makeVoice, tellsCharacters)
    itEnds(makeVoice)
    itServesMany(makeVoice)

    for (const [kind, maker] of Object.entries(faults)) {
      it(`fails as ${kind} when its provider does`, async () => {
        const failure = await speakAll(await makeVoice(maker), [first]).catch((error: unknown) => error)
        if (!(failure instanceof ProviderError)) throw new Error('expected a ProviderError', { cause: failure })
        expect(failure.kind).toBe(kind)
      })
    }
  })
}

function itSpeaks(makeVoice: MakeVoice, tellsCharacters: boolean): void {
  it('speaks all units and ends, in whole samples that nobody changes afterwards', async () => {
    const utterance = (await makeVoice()).open(never())
    utterance.say(first)
    utterance.say(second)
    utterance.end()
    const pieces: SpokenAudio[] = []
    const copies: Uint8Array[] = []
    for await (const piece of utterance.audio) {
      pieces.push(piece)
      copies.push(piece.pcm.slice())
    }
    expect(pieces.length).toBeGreaterThan(0)
    expect(pieces.map(({ pcm }) => pcm.length % 2)).toEqual(pieces.map(() => 0))
    expect(Math.min(...pieces.map(({ pcm }) => pcm.length))).toBeGreaterThanOrEqual(2)
    expect(pieces.every(({ pcm }, at) => Buffer.compare(pcm, copies[at] ?? pcm) === 0)).toBe(true)
  })

  it('says more when more is said', async () => {
    const voice = await makeVoice()
    const one = await speakAll(voice, [first])
    const both = await speakAll(voice, [first, second])
    expect(bytesOf(both)).toBeGreaterThan(bytesOf(one))
  })

  it.runIf(tellsCharacters)('tells how far it got: never back, and in the end the sum of all units', async () => {
    const pieces = await speakAll(await makeVoice(), [first, second])
    const told = pieces.flatMap(({ charactersSpoken }) => charactersSpoken ?? [])
    expect(told).toEqual(told.toSorted((left, right) => left - right))
    expect(told.at(-1)).toBe(first.length + second.length)
    expect(pieces.at(-1)?.charactersSpoken).toBe(first.length + second.length)
  })

  it('brings the audio of a unit though no other is said, and goes on with the next', async () => {
    const utterance = (await makeVoice()).open(never())
    const audio = utterance.audio[Symbol.asyncIterator]()
    utterance.say(first)
    for (let spoken = 0; spoken < (tellsCharacters ? first.length : 1); ) {
      const next = await audio.next()
      if (next.done === true) throw new Error('the audio ended before the utterance')
      spoken = tellsCharacters ? (next.value.charactersSpoken ?? spoken) : 1
    }
    utterance.say(second)
    utterance.end()
    expect(bytesOf(await rest(audio))).toBeGreaterThan(0)
  })

  it('ends without audio when nothing was said', async () => {
    const voice = await makeVoice()
    expect(await speakAll(voice, [])).toEqual([])
    expect(voice.charactersUsed()).toBe(0)
  })

  it('does not stumble over units of signs or blanks', async () => {
    const units = ['... ', '\n', '?!', '—', ' ', '(', ''].map(clearedWords)
    const pieces = await speakAll(await makeVoice(), [...units, first, ...units])
    expect(bytesOf(pieces)).toBeGreaterThan(0)
  })
}

function itEnds(makeVoice: MakeVoice): void {
  it('stops at an abort, throws its reason, and speaks again in the next utterance', async () => {
    const voice = await makeVoice()
    const turn = new AbortController()
    const reason = new AppError('request.conflict', 'the person spoke')
    const utterance = voice.open(turn.signal)
    const audio = utterance.audio[Symbol.asyncIterator]()
    for (let said = 0; said < 20; said++) utterance.say(first)
    expect((await audio.next()).done).toBe(false)
    turn.abort(reason)
    await expect(rest(audio)).rejects.toBe(reason)
    expect((await audio.next()).done).toBe(true)
    expect(bytesOf(await speakAll(voice, [second]))).toBeGreaterThan(0)
  })

  it('throws the reason of an abort while it waits for words, and of one that came before', async () => {
    const voice = await makeVoice()
    const turn = new AbortController()
    const reason = new AppError('request.conflict', 'the person spoke')
    const waiting = rest(voice.open(turn.signal).audio[Symbol.asyncIterator]())
    turn.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    const late = voice.open(turn.signal)
    late.say(first)
    late.end()
    await expect(rest(late.audio[Symbol.asyncIterator]())).rejects.toBe(reason)
  })

  it('ends what is spoken when it is closed, once or twice, and speaks no more', async () => {
    const voice = await makeVoice()
    const utterance = voice.open(never())
    utterance.say(first)
    const speaking = rest(utterance.audio[Symbol.asyncIterator]())
    voice.close()
    voice.close()
    await expect(speaking).rejects.toBeInstanceOf(AppError)
    await expect(speakAll(voice, [second])).rejects.toBeInstanceOf(AppError)
  })
}

function itServesMany(makeVoice: MakeVoice): void {
  it('speaks for several sessions at once', async () => {
    const voices = await Promise.all(Array.from({ length: 5 }, () => makeVoice()))
    const spoken = await Promise.all(voices.map((voice) => speakAll(voice, [first, second])))
    expect(spoken.map((pieces) => bytesOf(pieces) > 0)).toEqual(voices.map(() => true))
    voices[0]?.close()
    expect(bytesOf(await speakAll(voices[1] ?? (await makeVoice()), [first]))).toBeGreaterThan(0)
  })

  it('counts the characters that it was given', async () => {
    const voice = await makeVoice()
    await speakAll(voice, [first])
    expect(voice.charactersUsed()).toBe(first.length)
    await speakAll(voice, [second])
    expect(voice.charactersUsed()).toBe(first.length + second.length)
  })
}

async function speakAll(voice: TextToSpeechPort, units: readonly Parameters<Utterance['say']>[0][]) {
  const utterance = voice.open(never())
  for (const unit of units) utterance.say(unit)
  utterance.end()
  return await rest(utterance.audio[Symbol.asyncIterator]())
}

async function rest(audio: AsyncIterator<SpokenAudio>): Promise<readonly SpokenAudio[]> {
  const pieces: SpokenAudio[] = []
  for (;;) {
    const next = await audio.next()
    if (next.done === true) return pieces
    pieces.push(next.value)
  }
}

function bytesOf(pieces: readonly SpokenAudio[]): number {
  return pieces.reduce((sum, { pcm }) => sum + pcm.length, 0)
}

function never(): AbortSignal {
  return new AbortController().signal
}
