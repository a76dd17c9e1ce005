import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { corkForThisTick } from './cork-for-this-tick.ts'

/** Keeps what left in one piece together. */
function recordingStream(): { stream: Writable; left: string[] } {
  const left: string[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      left.push(chunk.toString())
      done()
    },
    writev: (chunks, done) => {
      left.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      done()
    },
  })
  return { stream, left }
}

test('what is written in one tick leaves together, promises included, and in order', async () => {
  const { stream, left } = recordingStream()
  for (const word of ['a', 'b']) {
    corkForThisTick(stream)
    stream.write(word)
    await Promise.resolve()
  }
  expect(left).toEqual([])
  await new Promise(setImmediate)
  expect(left).toEqual(['ab'])
})

test('the next tick is on its own', async () => {
  const { stream, left } = recordingStream()
  for (const word of ['a', 'b']) {
    corkForThisTick(stream)
    stream.write(word)
    await new Promise(setImmediate)
  }
  expect(left).toEqual(['a', 'b'])
})

test('more than 16 KiB do not wait', () => {
  const { stream, left } = recordingStream()
  for (let count = 0; count < 20; count += 1) {
    corkForThisTick(stream)
    stream.write('x'.repeat(1024))
  }
  expect(left.join('')).toHaveLength(16_384)
})

test('the end of a stream does not wait, and a stream that was destroyed harms nobody', async () => {
  const { stream, left } = recordingStream()
  corkForThisTick(stream)
  stream.write('a')
  stream.end('b')
  expect(left).toEqual(['ab'])
  const lost = recordingStream()
  corkForThisTick(lost.stream)
  lost.stream.write('a')
  lost.stream.destroy()
  await new Promise(setImmediate)
  expect(lost.left).toEqual([])
})
