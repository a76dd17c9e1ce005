import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, it } from 'vitest'
import { createFliteVoice } from '../../providers/flite/create-flite-voice.ts'
import { createFliteVoices } from '../../providers/flite/create-flite-voices.ts'
import type { TextToSpeechPort } from '../../providers/text-to-speech-port.ts'
import { clearedWords, openGate } from '../../test-harness/cleared-words.ts'
import { createPlayClock, type PlayClock } from './play-clock.ts'
import { SpokenTurn } from './spoken-turn.ts'
import { HandDrivenClock } from './test-harness/hand-driven-clock.ts'

const voices = createFliteVoices()
afterAll(() => voices.close())

describe('a turn that flite speaks', () => {
  it('is heard to its last character, in real time', async () => {
    const voice = createFliteVoice({ voices, voice: 'slt', judge: openGate().spokenJudge })
    const { turn, heard, sent } = begin(voice, createPlayClock())
    turn.say(clearedWords('Hello, this is the clinic. '))
    turn.say(clearedWords('Yes?! '))
    turn.say(clearedWords('…'))
    const startedMs = performance.now()
    expect(await turn.heardAll(never())).toBe(true)
    const tookMs = performance.now() - startedMs
    const audioMs = sent.reduce((sum, pcm) => sum + pcm.length, 0) / 48
    expect(heard.at(-1)).toBe(34)
    expect(heard).toEqual(heard.toSorted((left, right) => left - right))
    expect(audioMs).toBeGreaterThan(1500)
    expect(tookMs).toBeGreaterThan(audioMs - 50)
    voice.close()
  })

  it('leaves nothing behind: the heap is flat over 300 turns, cut ones and heard ones', async () => {
    // The thread is another heap; its answers come at once, so that only what a turn keeps is measured.
    const instant = { ...voices, speak: () => Promise.resolve({ pcm: new Uint8Array(audioBytes), words: 'hi' }) }
    const voice = createFliteVoice({ voices: instant, voice: 'slt', judge: openGate().spokenJudge })
    const clock = new HandDrivenClock()
    const run = async (turns: number): Promise<void> => {
      for (let count = 0; count < turns; count++) {
        const { turn } = begin(voice, clock)
        turn.say(clearedWords('Hi.'))
        const hearing = turn.heardAll(never())
        if (count % 3 === 0) turn.cut()
        for (let outcome: unknown; outcome === undefined; clock.run(200)) {
          outcome = await Promise.race([hearing, oneRound()])
        }
      }
    }
    await run(600)
    const before = await heapBytes()
    await run(300)
    const perTurn = ((await heapBytes()) - before) / 300
    expect(clock.players).toBe(0)
    expect(perTurn).toBeLessThan(audioBytes / 20)
    voice.close()
  })
})

/** Four tenths of a second. */
const audioBytes = 20_000

function begin(voice: TextToSpeechPort, playClock: PlayClock, signal = never()) {
  const heard: number[] = []
  const sent: Uint8Array[] = []
  const turn = new SpokenTurn({
    voice,
    playClock,
    signal,
    sendAudio: (pcm) => void sent.push(pcm),
    onHeard: (characters) => void heard.push(characters),
    onUnit: () => undefined,
    onStarted: () => undefined,
    onStopped: () => undefined,
  })
  return { turn, heard, sent }
}

function oneRound(): Promise<undefined> {
  return new Promise((resolve) => void setImmediate(() => resolve(undefined)))
}

/** What is still in use, buffers outside the heap included. */
async function heapBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('expected a collector')
  for (let round = 0; round < 5; round++) {
    Reflect.apply(collect, undefined, [])
    await oneRound()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function never(): AbortSignal {
  return new AbortController().signal
}
