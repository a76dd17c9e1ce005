import { createRequire } from 'node:module'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { builtInProfile } from './listening-profile.ts'
import { loadEmscripten } from './load-emscripten.ts'
import { joinClips, noiseClip, silenceClip, speechClip } from './test-harness/clip-speech.ts'
import { loadVoiceActivity, type MakeVoiceActivity, type VoiceActivityEvent } from './voice-activity.ts'

let make: MakeVoiceActivity
let sentence: Uint8Array
let nod: Uint8Array
beforeAll(async () => {
  make = await loadVoiceActivity()
  sentence = await speechClip('I would like to book a table for two')
  nod = await speechClip('uh-huh', 'rms')
})

type Heard = VoiceActivityEvent & { readonly atMs: number }
const frameBytes = 640

/** All events, each with how much sound had gone in by then. */
function hear(sound: Uint8Array, profile = builtInProfile, pieceBytes = frameBytes): readonly Heard[] {
  const activity = make({ profile, onFault: fail })
  const heard: Heard[] = []
  for (let at = 0; at < sound.length; at += pieceBytes) {
    const piece = sound.subarray(at, at + pieceBytes)
    for (const event of activity.push(piece)) heard.push({ ...event, atMs: (at + piece.length) / 32 })
  }
  activity.close()
  return heard
}

function fail(cause: unknown): never {
  throw new Error('the detector failed', { cause })
}

describe('voice activity', () => {
  it('hears a sentence begin and end, once each', () => {
    const heard = hear(joinClips(silenceClip(500), sentence, silenceClip(1000)))

    expect(heard.map(({ type }) => type)).toEqual(['started', 'stopped'])
    const [started, stopped] = heard
    expect(started?.agoMs).toBe(builtInProfile.vad_start_secs * 1000)
    expect((started?.atMs ?? 0) - (started?.agoMs ?? 0)).toBeGreaterThan(500)
    expect(stopped?.agoMs).toBe(builtInProfile.vad_stop_secs * 1000)
  })

  it('hears an uh-huh', () => {
    expect(hear(joinClips(silenceClip(300), nod, silenceClip(600))).map(({ type }) => type)).toEqual([
      'started',
      'stopped',
    ])
  })

  it.each([0, 0.001, 0.003, 0.01, 0.03])('hears nothing in white noise of volume %d', (volume) => {
    expect(hear(noiseClip(5000, volume))).toEqual([])
  })

  it('hears speech above noise', () => {
    const noisy = Uint8Array.from(joinClips(silenceClip(300), sentence, silenceClip(800)))
    const mixed = new Int16Array(noisy.buffer)
    const noise = new Int16Array(noiseClip(noisy.length / 32, 0.003).buffer)
    for (const [at, sample] of noise.entries()) mixed[at] = (mixed[at] ?? 0) + sample

    expect(hear(noisy)[0]?.type).toBe('started')
  })

  it('hears nothing below the minimum volume', () => {
    expect(hear(sentence, { ...builtInProfile, vad_min_volume: 0.9 })).toEqual([])
  })

  it('waits for a longer beginning where the profile says so', () => {
    expect(hear(nod, { ...builtInProfile, vad_start_secs: 2 })).toEqual([])
  })

  it('hears the same however the sound is cut', () => {
    const sound = joinClips(silenceClip(300), sentence, silenceClip(700))
    const expected = hear(sound).map(({ type, agoMs }) => ({ type, agoMs }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (pieceBytes) => {
        const heard = hear(sound, builtInProfile, pieceBytes)
        expect(heard.map(({ type, agoMs }) => ({ type, agoMs }))).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('does not end a beginning for one missing frame, but for two', () => {
    // Silence is never loud enough, so each gap is as long as it was made.
    const [started] = hear(joinClips(silenceClip(300), sentence))
    const begins = ((started?.atMs ?? 0) - (started?.agoMs ?? 0)) * 32
    const head = sentence.subarray(begins - 300 * 32, begins - 300 * 32 + 5 * frameBytes)
    const gapped = (frames: number) =>
      joinClips(...Array.from({ length: 3 }, () => joinClips(head, silenceClip(20 * frames))))
    const profile = { ...builtInProfile, vad_start_secs: 0.26 }

    expect(hear(gapped(1), profile)).toHaveLength(1)
    expect(hear(gapped(2), profile)).toHaveLength(0)
  })

  it('takes sound that ends in the middle of a word for a pause', () => {
    const activity = make({ profile: builtInProfile, onFault: fail })
    expect(activity.breakOff()).toEqual([])
    expect(activity.push(sentence.subarray(0, 32 * 800)).map(({ type }) => type)).toEqual(['started'])

    expect(activity.breakOff().map(({ type }) => type)).toEqual(['stopped'])
    expect(activity.breakOff()).toEqual([])
    activity.close()
  })

  it('keeps two sessions apart', () => {
    const ours = make({ profile: builtInProfile, onFault: fail })
    const theirs = make({ profile: builtInProfile, onFault: fail })
    const heard: string[] = []
    for (let at = 0; at < sentence.length; at += frameBytes) {
      heard.push(...theirs.push(silenceClip(20)).map(({ type }) => type))
      ours.push(sentence.subarray(at, at + frameBytes))
    }
    expect(heard).toEqual([])
    ours.close()
    theirs.close()
  })

  it('hears nothing after it was closed, twice too', () => {
    const activity = make({ profile: builtInProfile, onFault: fail })
    activity.close()
    activity.close()

    expect(activity.push(sentence)).toEqual([])
  })

  it('is deaf from a fault on: the speech that it heard has stopped, and the fault is told once', async () => {
    const module = await loadFvad()
    let frames = 0
    const take: typeof module.take = (name) => {
      const real = module.take(name)
      if (name !== '_fvad_process') return real
      return (...given) => {
        frames += 1
        if (frames > 40) throw new Error('unreachable')
        return real(...given)
      }
    }
    const faults: unknown[] = []
    const faulty = await loadVoiceActivity(Promise.resolve({ ...module, take }))
    const activity = faulty({ profile: builtInProfile, onFault: (cause) => faults.push(cause) })

    expect(activity.push(sentence).map(({ type }) => type)).toEqual(['started', 'stopped'])
    expect(activity.push(sentence)).toEqual([])
    expect(faults).toHaveLength(1)
    activity.close()
  })

  it('opens and closes 40,000 sessions in the memory that it has', async () => {
    const module = await loadFvad()
    const makeOne = await loadVoiceActivity(Promise.resolve(module))
    const before = module.memory().length
    for (let at = 0; at < 40_000; at += 1) {
      const activity = makeOne({ profile: builtInProfile, onFault: fail })
      activity.push(sentence.subarray(0, frameBytes))
      activity.close()
    }

    expect(module.memory()).toHaveLength(before)
  })
})

function loadFvad(): ReturnType<typeof loadEmscripten> {
  const loaded: unknown = createRequire(import.meta.url)('@echogarden/fvad-wasm')
  return loadEmscripten(loaded, 'the detector')
}
