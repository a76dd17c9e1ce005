import type { SessionEvent } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSessionEvents } from './read-session-events.ts'

const turn_id = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'

function bodyOf(chunks: readonly Uint8Array[], ending: 'close' | 'break' = 'close'): ReadableStream<Uint8Array> {
  const left = [...chunks]
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift()
      if (chunk !== undefined) controller.enqueue(chunk)
      else if (ending === 'close') controller.close()
      else controller.error(new Error('connection reset'))
    },
  })
}

async function read(body: ReadableStream<Uint8Array>): Promise<readonly SessionEvent[]> {
  const events: SessionEvent[] = []
  for await (const event of readSessionEvents(body)) events.push(event)
  return events
}

function wire(texts: readonly string[], lineEnd = '\n'): Uint8Array {
  const events = texts.map((text) =>
    ['event: token', `data: ${JSON.stringify({ turn_id, text })}`, '', ''].join(lineEnd),
  )
  return new TextEncoder().encode(`: hello${lineEnd}${lineEnd}${events.join('')}`)
}

function split(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...[...cuts].map((cut) => cut % (bytes.length + 1)).sort((one, two) => one - two), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

describe('the events of a stream', () => {
  test('are the same however the network cuts their bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { maxLength: 6 }),
        fc.array(fc.nat(2000), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        async (texts, cuts, lineEnd) => {
          const events = await read(bodyOf(split(wire(texts, lineEnd), cuts)))
          expect(events).toEqual(texts.map((text) => ({ event: 'token', data: { turn_id, text } })))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('arrive one byte at a time', async () => {
    const bytes = wire(['Grüße, 朝, 👩‍⚕️'])
    const events = await read(bodyOf([...bytes].map((byte) => Uint8Array.of(byte))))
    expect(events).toEqual([{ event: 'token', data: { turn_id, text: 'Grüße, 朝, 👩‍⚕️' } }])
  })

  test('are given out before the stream ends', async () => {
    let enqueue: ((chunk: Uint8Array) => void) | undefined
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => (enqueue = (chunk) => controller.enqueue(chunk)),
    })
    const events = readSessionEvents(body)
    enqueue?.(wire(['first']))
    expect((await events.next()).value).toEqual({ event: 'token', data: { turn_id, text: 'first' } })
    await events.return()
  })

  test('drop one that had not ended when the stream did', async () => {
    const bytes = wire(['whole', 'broken'])
    expect(await read(bodyOf([bytes.subarray(0, bytes.length - 1)]))).toHaveLength(1)
  })

  test('stop where the connection breaks and keep what came before', async () => {
    expect(await read(bodyOf([wire(['said'])], 'break'))).toHaveLength(1)
  })

  test('stop when one goes on without an end', async () => {
    const endless = Array.from({ length: 5 }, () => new TextEncoder().encode('x'.repeat(300_000)))
    const after = wire(['after'])
    expect(await read(bodyOf([wire(['before']), new TextEncoder().encode('data: '), ...endless, after]))).toHaveLength(
      1,
    )
  })

  test('give the connection back when nobody reads on', async () => {
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(wire(['one', 'two'])),
      cancel: () => {
        isCancelled = true
      },
    })
    for await (const event of readSessionEvents(body)) if (event.event === 'token') break
    expect(isCancelled).toBe(true)
  })
})
