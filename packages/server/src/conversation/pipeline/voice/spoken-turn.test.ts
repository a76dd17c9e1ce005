import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../kernel/app-error.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import { clearedWords } from '../../test-harness/cleared-words.ts'
import { SpokenTurn } from './spoken-turn.ts'
import { HandDrivenClock } from './test-harness/hand-driven-clock.ts'
import { HandDrivenVoice } from './test-harness/hand-driven-voice.ts'

const first = 'Hello, this is it. '
const second = 'Do you hear me?'

describe('a spoken turn', () => {
  it('speaks unit by unit, and tells what is handed over, heard and over', async () => {
    const { turn, voice, clock, log, heard } = make()
    for (const token of ['Hel', 'lo, this ', 'is it. ', 'Do you', ' hear me?']) turn.say(clearedWords(token))
    expect(voice.units).toEqual(['Hello, this is it.'])
    const hearing = turn.heardAll(never())
    expect(voice.units).toEqual(['Hello, this is it.', ' Do you hear me?'])
    expect(voice.isEnded).toBe(true)
    voice.deliver(1000, 18)
    voice.deliver(800, 34)
    voice.finish()
    await settle()
    clock.run(500)
    expect(heard.at(-1)).toBeGreaterThanOrEqual(7)
    expect(heard.at(-1)).toBeLessThanOrEqual(9)
    clock.run(1400)
    expect(await hearing).toBe(true)
    expect(heard).toEqual(heard.toSorted((left, right) => left - right))
    expect(heard.at(-1)).toBe(34)
    expect(log).toEqual([
      'new 0',
      'new 1',
      'started',
      'in-progress 0',
      'completed 0',
      'in-progress 1',
      'completed 1',
      'stopped',
    ])
  })

  it('tells its position every 100 ms at most', async () => {
    const { turn, voice, clock, heard } = make()
    turn.say(clearedWords('word '.repeat(59)))
    void turn.heardAll(never())
    voice.deliver(20_000, 295)
    await settle()
    clock.run(10_000)
    expect(heard.length).toBeGreaterThan(80)
    expect(heard.length).toBeLessThanOrEqual(100)
  })

  it('never opens the voice without words', async () => {
    const { turn, voice, log } = make()
    turn.say(clearedWords('  \n'))
    expect(await turn.heardAll(never())).toBe(true)
    expect([voice.opened, log]).toEqual([0, []])
  })

  it('has heard words of signs alone, which bring no audio', async () => {
    const { turn, voice, heard, log } = make()
    turn.say(clearedWords('...'))
    const hearing = turn.heardAll(never())
    voice.finish()
    expect(await hearing).toBe(true)
    expect(heard).toEqual([3])
    expect(log).not.toContain('started')
  })

  it('is heard when it was played, not when it was sent', async () => {
    const { turn, voice, clock, sent } = make()
    let outcome: boolean | undefined
    turn.say(clearedWords(first))
    void turn.heardAll(never()).then((value) => (outcome = value))
    voice.deliver(100, first.length)
    voice.finish()
    await settle()
    expect(sent.length).toBe(5)
    clock.run(80)
    await settle()
    expect(outcome).toBeUndefined()
    clock.run(20)
    await settle()
    expect(outcome).toBe(true)
  })

  it('believes the client about what was heard', async () => {
    const { turn, voice, clock, heard } = make()
    turn.say(clearedWords(first + second))
    const hearing = turn.heardAll(never())
    voice.deliver(3400, 34)
    voice.finish()
    await settle()
    clock.run(2000)
    turn.report(1000)
    clock.run(20)
    turn.cut()
    expect(await hearing).toBe(false)
    expect(heard.at(-1)).toBe(10)
  })

  it('does not wait for ever for a client that plays no more', async () => {
    const { turn, voice, clock, heard, log } = make()
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(never())
    voice.deliver(1900, 19)
    voice.finish()
    await settle()
    for (let step = 0; step < 40; step++) {
      turn.report(500)
      clock.run(200)
    }
    expect(await hearing).toBe(false)
    expect(heard.at(-1)).toBe(5)
    expect(log.at(-1)).toBe('stopped')
    expect(clock.players).toBe(0)
  })

  it('keeps what was heard when it is cut, and nothing of what was sent', async () => {
    const { turn, voice, clock, heard, sent, log } = make()
    turn.say(clearedWords(first + second))
    voice.deliver(1900, 19)
    await settle()
    clock.run(1000)
    turn.cut()
    const before = sent.length
    turn.report(1900)
    clock.run(1000)
    turn.say(clearedWords('More.'))
    turn.resume()
    expect(heard.at(-1)).toBe(9)
    expect(sent.length).toBe(before)
    expect(voice.aborted).toBeInstanceOf(AppError)
    expect(log.filter((line) => line === 'stopped')).toEqual(['stopped'])
    expect(await turn.heardAll(never())).toBe(false)
    expect(clock.players).toBe(0)
  })

  it('has said nothing when it is interrupted before the first frame', async () => {
    const { turn, voice, heard, sent, log, clock } = make()
    turn.say(clearedWords(first + second))
    const hearing = turn.heardAll(never())
    turn.cut()
    voice.deliver(1000, 10)
    await settle()
    clock.run(1000)
    expect(await hearing).toBe(false)
    expect([heard, sent, log]).toEqual([[], [], ['new 0', 'new 1']])
    expect(clock.players).toBe(0)
  })

  it('is cut by the signal of its turn, at once and also before it began', async () => {
    const { turn, voice, controller, clock, heard } = make()
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(never())
    voice.deliver(1900, 19)
    await settle()
    clock.run(1000)
    controller.abort(new AppError('request.conflict', 'the person spoke'))
    expect(await hearing).toBe(false)
    expect(heard.at(-1)).toBe(9)
    expect(voice.aborted).toBeDefined()

    const late = make({ aborted: true })
    late.turn.say(clearedWords(first))
    expect(await late.turn.heardAll(never())).toBe(false)
    expect(late.voice.opened).toBe(0)
  })

  it('is cut when who waits for it gives up', async () => {
    const { turn, voice, clock, heard } = make()
    const patience = new AbortController()
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(patience.signal)
    voice.deliver(1900, 19)
    await settle()
    clock.run(500)
    patience.abort()
    expect(await hearing).toBe(false)
    expect(heard.at(-1)).toBe(4)
  })

  it('goes on after a false interruption with the very next sample', async () => {
    const { turn, voice, clock, sent, heard } = make()
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(never())
    voice.deliver(1900, 19)
    voice.finish()
    await settle()
    clock.run(400)
    turn.hold()
    const before = sent.length
    clock.run(3000)
    expect(sent.length).toBe(before)
    expect(heard.at(-1)).toBe(5)
    turn.resume()
    clock.run(2000)
    expect(await hearing).toBe(true)
    expect(sent.length).toBe(95)
  })

  it('fails with the error of its voice, after what came was played; the rest was not heard', async () => {
    const { turn, voice, clock, heard, log } = make()
    turn.say(clearedWords(first + second))
    const hearing = turn.heardAll(never()).catch((error: unknown) => error)
    voice.deliver(1000, 18)
    const failure = new ProviderError('quota', 'no money')
    voice.fail(failure)
    await settle()
    clock.run(500)
    expect(heard.at(-1)).toBeLessThan(18)
    clock.run(1000)
    expect(await hearing).toBe(failure)
    expect(heard.at(-1)).toBe(18)
    expect(log).toContain('completed 0')
    expect(log).not.toContain('in-progress 1')
    expect(log.at(-1)).toBe('stopped')
    expect(voice.aborted).toBe(failure)
  })

  it('fails with a ProviderError whatever the voice throws, also at once', async () => {
    const { turn, voice } = make()
    voice.open = () => {
      throw new TypeError('no such thing')
    }
    turn.say(clearedWords(first))
    await expect(turn.heardAll(never())).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('fails when the voice ends before what it was given', async () => {
    const { turn, voice, clock, heard } = make()
    turn.say(clearedWords(first + second))
    voice.deliver(1000, 18)
    voice.finish()
    await settle()
    clock.run(1100)
    turn.say(clearedWords(' More. And more.'))
    await expect(turn.heardAll(never())).rejects.toMatchObject({ kind: 'unavailable' })
    expect(heard.at(-1)).toBe(18)
  })

  it('makes the voice wait behind 30 s of audio, without giving it up', async () => {
    const { turn, voice, clock } = make({ stallAfterMs: 50 })
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(never())
    for (let piece = 1; piece <= 40; piece++) voice.deliver(1000, piece === 40 ? first.length : undefined)
    voice.finish()
    for (let second = 0; second < 45; second++) {
      await settle()
      clock.run(1000)
    }
    expect(await hearing).toBe(true)
  })

  it('tells how long the first audio took', async () => {
    const { turn, voice, clock, firstAudio } = make()
    turn.say(clearedWords(first))
    clock.pass(240)
    voice.deliver(100)
    voice.deliver(100)
    await settle()
    expect(firstAudio).toEqual([240])
  })

  it('survives a client whose socket throws', async () => {
    const { turn, voice, clock } = make({ broken: new Error('no socket') })
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(never())
    voice.deliver(1000, 18)
    await expect(hearing).rejects.toMatchObject({ code: 'provider.unavailable' })
    expect(clock.players).toBe(0)
  })
})

describe('a voice that stalls', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is given up after 10 s without audio, also when it ignores the abort', async () => {
    const { turn, voice, heard } = make()
    voice.ignoresAbort = true
    turn.say(clearedWords(first))
    const hearing = turn.heardAll(never()).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(9999)
    expect(voice.aborted).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(await hearing).toMatchObject({ kind: 'timeout' })
    expect(heard).toEqual([])
  })

  it('is given up in the middle, and what it brought is played and heard', async () => {
    const { turn, voice, clock, heard } = make()
    turn.say(clearedWords(first + second))
    const hearing = turn.heardAll(never()).catch((error: unknown) => error)
    voice.deliver(1000, 18)
    await vi.advanceTimersByTimeAsync(9000)
    clock.run(1200)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await hearing).toMatchObject({ kind: 'timeout' })
    expect(heard.at(-1)).toBe(18)
  })

  it('is not one that waits for words of a slow model, nor one that is heard out', async () => {
    const { turn, voice, clock } = make()
    turn.say(clearedWords(`${first} `))
    voice.deliver(1000, 18)
    await vi.advanceTimersByTimeAsync(60_000)
    turn.say(clearedWords('... '))
    await vi.advanceTimersByTimeAsync(60_000)
    turn.say(clearedWords(second))
    const hearing = turn.heardAll(never())
    voice.deliver(1000, 38)
    voice.finish()
    await vi.advanceTimersByTimeAsync(60_000)
    clock.run(3000)
    expect(await hearing).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })
})

function make(options: { aborted?: boolean; stallAfterMs?: number; broken?: Error } = {}) {
  const clock = new HandDrivenClock()
  const voice = new HandDrivenVoice()
  const controller = new AbortController()
  if (options.aborted === true) controller.abort()
  const sent: Uint8Array[] = []
  const heard: number[] = []
  const log: string[] = []
  const firstAudio: number[] = []
  const turn = new SpokenTurn({
    voice,
    playClock: clock,
    signal: controller.signal,
    sendAudio: (pcm) => {
      if (options.broken !== undefined) throw options.broken
      sent.push(pcm)
    },
    onHeard: (characters) => heard.push(characters),
    onUnit: (_unit, index, status) => log.push(`${status} ${index}`),
    onStarted: () => log.push('started'),
    onStopped: () => log.push('stopped'),
    onFirstAudio: (ms) => firstAudio.push(ms),
    ...(options.stallAfterMs === undefined ? {} : { stallAfterMs: options.stallAfterMs }),
  })
  return { turn, voice, clock, controller, sent, heard, log, firstAudio }
}

/** Whatever was resolved has been taken: the longest way from a voice to its player is a few promises. */
async function settle(): Promise<void> {
  for (let hop = 0; hop < 200; hop++) await Promise.resolve()
}

function never(): AbortSignal {
  return new AbortController().signal
}
