/** The ears that our tests of speech trust: they must find what is there and nothing else. */
import { beforeAll, describe, expect, it } from 'vitest'
import { makeSpeechClips, type SpeechClip } from './make-speech-clips.ts'
import { ClipRecogniser } from './recognise-clips.ts'

let clips: readonly SpeechClip[] = []
let others: readonly SpeechClip[] = []
let conversation = new Uint8Array(0)

beforeAll(async () => {
  clips = await makeSpeechClips([
    'I would like to book an appointment for Tuesday morning.',
    'What are your opening hours?',
    'Please cancel everything.',
    'No, wait, stop.',
    'Yes, that is right.',
  ])
  others = await makeSpeechClips([
    'The weather is nice today, and nobody has to work.',
    'Could you tell me more about it?',
  ])
  const pause = new Uint8Array(32 * 700)
  conversation = new Uint8Array(Buffer.concat([pause, ...clips.flatMap(({ pcm }) => [pcm, pause])]))
})

const all = () => clips.map(({ transcript }) => transcript)

describe('the recogniser of clips', () => {
  it('finds five clips, in order', () => {
    expect(recognise(conversation)).toStrictEqual(all())
  })

  it.each([0.003, 0.01, 0.03])('finds them among noise of %d of full scale', (volume) => {
    expect(recognise(mix(conversation, noise(conversation.length / 32, volume)))).toStrictEqual(all())
  })

  it.each([0.1, 0.4, 1.5, -1])('finds them at %d of their loudness', (gain) => {
    expect(recognise(mapSamples(conversation, (sample) => sample * gain))).toStrictEqual(all())
  })

  it.each([2, 6, 8, 10, 14])('finds them when the stream begins %d bytes later', (bytes) => {
    expect(recognise(conversation.subarray(bytes))).toStrictEqual(all())
  })

  it.each([24_000, 48_000])('finds them after a way through %d samples a second', (rate) => {
    expect(recognise(stretch(stretch(conversation, rate / 16_000), 16_000 / rate))).toStrictEqual(all())
  })

  it('finds them in pieces of any size', () => {
    for (const bytes of [1, 333, 32_000]) expect(recognise(conversation, bytes)).toStrictEqual(all())
  })

  it.each([
    ['8 kHz', 0.5],
    ['22.05 kHz', 22_050 / 16_000],
    ['24 kHz', 1.5],
    ['48 kHz', 3],
  ])('finds nothing in %s that is sent as 16 kHz', (_what, factor) => {
    expect(recognise(stretch(conversation, factor))).toStrictEqual([])
  })

  it('finds nothing in silence, in noise, in other words, in bytes that are no samples', () => {
    expect(recognise(new Uint8Array(32 * 10_000))).toStrictEqual([])
    for (const volume of [0.01, 0.1, 0.5]) expect(recognise(noise(10_000, volume))).toStrictEqual([])
    expect(recognise(new Uint8Array(Buffer.concat(others.map(({ pcm }) => pcm))))).toStrictEqual([])
    expect(recognise(conversation.subarray(1))).toStrictEqual([])
  })

  it('finds nothing in the words of another voice', async () => {
    const spoken = await makeSpeechClips(all(), 'rms')
    expect(recognise(new Uint8Array(Buffer.concat(spoken.map(({ pcm }) => pcm))))).toStrictEqual([])
  })

  it('finds nothing in a clip without sound, and of one that is cut off its beginning only', () => {
    const [first] = clips
    if (first === undefined) throw new Error('no clips')
    const cut = new Uint8Array(first.pcm)
    cut.fill(0, Math.floor(cut.length / 4) * 2)
    const [found] = recognise(new Uint8Array(Buffer.concat([cut, new Uint8Array(64_000)])))
    expect(first.transcript.startsWith(`${found ?? ''} `)).toBe(true)
    expect(found?.split(' ').length).toBeLessThan(7)
    expect(recognise(new Uint8Array(first.pcm.length))).toStrictEqual([])
  })

  it('tells the words as they come', () => {
    const ears = new ClipRecogniser(clips)
    const counts: number[] = []
    for (let at = 0; at < (clips[0]?.pcm.length ?? 0); at += 640) {
      ears.push(clips[0]?.pcm.subarray(at, at + 640) ?? new Uint8Array(0))
      counts.push(ears.heard?.words.length ?? 0)
    }
    ears.flush()
    expect(counts).toStrictEqual(counts.toSorted((left, right) => left - right))
    expect(new Set(counts).size).toBeGreaterThan(5)
    expect(ears.heard?.words.join(' ')).toBe(clips[0]?.transcript)
  })
})

function recognise(pcm: Uint8Array, pieceBytes = 640): readonly string[] {
  const ears = new ClipRecogniser(clips)
  const found: string[] = []
  for (let at = 0; at < pcm.length; at += pieceBytes) {
    // The recogniser knows one clip at a time, so what is a large piece for it is still given in small ones.
    for (let within = at; within < Math.min(pcm.length, at + pieceBytes); within += 640) {
      ears.push(pcm.subarray(within, Math.min(within + 640, at + pieceBytes)))
      if (ears.heard?.isOver !== true) continue
      if (ears.heard.words.length > 0) found.push(ears.heard.words.join(' '))
      ears.forget()
    }
  }
  return found
}

function mapSamples(pcm: Uint8Array, change: (sample: number, at: number) => number): Uint8Array {
  const bytes = Buffer.from(pcm)
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const sample = Math.round(change(bytes.readInt16LE(at), at / 2))
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, sample)), at)
  }
  return bytes
}

function mix(pcm: Uint8Array, other: Uint8Array): Uint8Array {
  const second = Buffer.from(other)
  return mapSamples(pcm, (sample, at) => sample + (at * 2 + 1 < second.length ? second.readInt16LE(at * 2) : 0))
}

/** White noise with this root mean square, the same every time. */
function noise(ms: number, volume: number): Uint8Array {
  let state = 1
  return mapSamples(new Uint8Array(ms * 32), () => {
    // The constants of Numerical Recipes.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return ((state / 2 ** 32) * 2 - 1) * Math.sqrt(3) * volume * 32_768
  })
}

function stretch(pcm: Uint8Array, factor: number): Uint8Array {
  const source = Buffer.from(pcm)
  const last = source.length / 2 - 1
  return mapSamples(new Uint8Array(Math.floor((source.length / 2) * factor) * 2), (_nothing, at) => {
    const position = at / factor
    const before = Math.min(last, Math.floor(position))
    const left = source.readInt16LE(before * 2)
    return left + (source.readInt16LE(Math.min(last, before + 1) * 2) - left) * (position - before)
  })
}
