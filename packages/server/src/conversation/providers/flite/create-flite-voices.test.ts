import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { ProviderError } from '../provider-error.ts'
import { createFliteVoices, type FliteVoices } from './create-flite-voices.ts'

const open: FliteVoices[] = []
afterEach(() => {
  for (const voices of open.splice(0)) voices.close()
})

describe('the thread of flite', () => {
  it('speaks in the order of asking, one unit after the other', async () => {
    const voices = make({})
    const order: number[] = []
    await Promise.all(
      [300, 10, 100].map(async (length, index) => {
        await voices.speak(unit('a '.repeat(length / 2)), never())
        order.push(index)
      }),
    )
    expect(order).toEqual([0, 1, 2])
  })

  it('refuses what comes to a full queue, and serves those who wait in it', async () => {
    const voices = make({ maxQueued: 2 })
    const served = [1, 2, 3].map(() => voices.speak(unit('hello'), never()))
    expect(await kindOf(voices.speak(unit('hello'), never()))).toBe('unavailable')
    expect((await Promise.all(served)).every(({ pcm }) => pcm.length > 0)).toBe(true)
  })

  it('refuses a text that would take too long', async () => {
    expect(await kindOf(make({}).speak(unit('1'.repeat(641)), never()))).toBe('bad_request')
  })

  it('fails the unit of a thread that ends, and speaks the next in a new one', async () => {
    const starts: Worker[] = []
    const voices = make({ startWorker: startOne(starts, `parentPort.once('message', () => process.exit(3))`) })
    const failing = kindOf(voices.speak(unit('one'), never()))
    const waiting = voices.speak(unit('two'), never())
    expect(await failing).toBe('unavailable')
    expect(await waiting).toEqual({ pcm: new Uint8Array([1, 2]), words: 'one' })
    expect(starts.length).toBe(2)
  })

  it('fails the unit of a thread that throws while it loads, and does not begin again by itself', async () => {
    const starts: Worker[] = []
    const startWorker = (): Worker => {
      const worker = new Worker(`throw new Error('no program')`, { eval: true })
      starts.push(worker)
      return worker
    }
    const voices = make({ startWorker })
    expect(await kindOf(voices.speak(unit('one'), never()))).toBe('unavailable')
    expect(starts.length).toBe(1)
    expect(await kindOf(voices.speak(unit('two'), never()))).toBe('unavailable')
    expect(starts.length).toBe(2)
  })

  it('fails every unit while no thread can be had, and does not end the process', async () => {
    const startWorker = (): Worker => {
      throw new Error('too many threads')
    }
    const voices = make({ startWorker })
    voices.warm()
    const kinds = await Promise.all([1, 2, 3].map(() => kindOf(voices.speak(unit('one'), never()))))
    expect(kinds).toEqual(['unavailable', 'unavailable', 'unavailable'])
  })

  it('gives up a thread that hangs, and speaks what waits in a new one', async () => {
    const starts: Worker[] = []
    const startWorker = startOne(starts, `parentPort.once('message', () => { for (;;); })`)
    const voices = make({ startWorker, deadlineMs: 1500 })
    const hanging = kindOf(voices.speak(unit('one'), never()))
    expect(await hanging).toBe('timeout')
    expect(await voices.speak(unit('two'), never())).toEqual({ pcm: new Uint8Array([1, 2]), words: 'one' })
  })

  it('gives up a thread that hangs in a unit that nobody wants any more', async () => {
    const startWorker = startOne([], `parentPort.once('message', () => { for (;;); })`)
    const voices = make({ startWorker, deadlineMs: 1500 })
    const turn = new AbortController()
    const dropped = voices.speak(unit('one'), turn.signal)
    turn.abort(new Error('the person spoke'))
    await expect(dropped).rejects.toThrow('the person spoke')
    expect(await kindOf(voices.speak(unit('two'), never()))).toBe('timeout')
    expect(await voices.speak(unit('three'), never())).toEqual({ pcm: new Uint8Array([1, 2]), words: 'one' })
  })

  it('keeps a thread that is only busy when a unit has waited too long', async () => {
    const starts: Worker[] = []
    const slow = `parentPort.on('message', () => setTimeout(() => parentPort.postMessage({ pcm: new Uint8Array([1, 2]), words: "one" }), 300))`
    const voices = make({ startWorker: startOne(starts, slow), deadlineMs: 1000 })
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => voices.speak(unit('one'), never())))
    expect(outcomes.at(0)?.status).toBe('fulfilled')
    expect(outcomes.at(-1)?.status).toBe('rejected')
    expect(await voices.speak(unit('next'), never())).toEqual({ pcm: new Uint8Array([1, 2]), words: 'one' })
    expect(starts.length).toBe(1)
  })

  it('fails a unit that flite cannot speak, and speaks the next', async () => {
    const starts: Worker[] = []
    const voices = make({
      startWorker: startOne(starts, `parentPort.once('message', () => parentPort.postMessage('trap'))`),
    })
    expect(await kindOf(voices.speak(unit('one'), never()))).toBe('unavailable')
    expect(starts.length).toBe(1)
  })

  it('drops a unit that is not wanted any more, whether it waits or is being spoken', async () => {
    const voices = make({})
    const reason = new Error('the person spoke')
    const turns = [new AbortController(), new AbortController()]
    const dropped = turns.map((turn) => voices.speak(unit('hello'), turn.signal))
    const kept = voices.speak(unit('hello'), never())
    for (const turn of turns) turn.abort(reason)
    expect(await Promise.allSettled(dropped)).toEqual(turns.map(() => ({ status: 'rejected', reason })))
    expect((await kept).pcm.length).toBeGreaterThan(0)
    await expect(voices.speak(unit('hello'), turns[0]?.signal ?? never())).rejects.toBe(reason)
  })

  it('ends with everything that waits when it is closed', async () => {
    const voices = make({})
    const waiting = [1, 2, 3].map(() => kindOf(voices.speak(unit('hello'), never())))
    voices.close()
    voices.close()
    expect(await Promise.all(waiting)).toEqual(['unavailable', 'unavailable', 'unavailable'])
    expect(await kindOf(voices.speak(unit('hello'), never()))).toBe('unavailable')
  })
})

function make(options: Parameters<typeof createFliteVoices>[0]): FliteVoices {
  const voices = createFliteVoices(options)
  open.push(voices)
  return voices
}

/** The first thread does as the text says; those after it answer every unit with two bytes. */
function startOne(starts: Worker[], first: string): () => Worker {
  const good = `parentPort.on('message', () => parentPort.postMessage({ pcm: new Uint8Array([1, 2]), words: "one" }))`
  return () => {
    const behaviour = starts.length === 0 ? first : good
    const worker = new Worker(`const { parentPort } = require('node:worker_threads'); ${behaviour}`, { eval: true })
    starts.push(worker)
    return worker
  }
}

function unit(text: string) {
  return { voice: 'slt', text }
}

async function kindOf(speaking: Promise<unknown>): Promise<string> {
  const failure = await speaking.catch((error: unknown) => error)
  return failure instanceof ProviderError ? failure.kind : `not a ProviderError: ${String(failure)}`
}

function never(): AbortSignal {
  return new AbortController().signal
}
