import { describe, expect, it } from 'vitest'
import { readWave } from './read-wave.ts'

const format = chunk('fmt ', [1, 0, 1, 0, 0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0])

describe('a WAVE file', () => {
  it('is read to its rate and samples, whatever stands between them', () => {
    const wave = readWave(file(format, chunk('LIST', [1, 2, 3, 0]), chunk('data', [1, 2, 3, 4])))
    expect(wave).toEqual({ rate: 16_000, pcm: new Uint8Array([1, 2, 3, 4]) })
  })

  it('loses half a sample at its end', () => {
    expect(readWave(file(format, chunk('data', [1, 2, 3]))).pcm).toEqual(new Uint8Array([1, 2]))
  })

  it.each([
    ['is empty', new Uint8Array(0)],
    ['is something else', Buffer.from('OggS and more than twelve bytes')],
    ['has no samples', file(format)],
    ['has samples without a format', file(chunk('data', [1, 2]))],
    ['has two channels', file(chunk('fmt ', [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 16, 0]), chunk('data', [1, 2]))],
    ['has 8 bits', file(chunk('fmt ', [1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 8, 0]), chunk('data', [1, 2]))],
    ['has a short format', file(chunk('fmt ', [1, 0]), chunk('data', [1, 2]))],
    ['ends within a chunk', file(format, chunk('data', [1, 2, 3, 4])).subarray(0, -2)],
  ])('is refused when it %s', (_what, bytes) => {
    expect(() => readWave(bytes)).toThrow(RangeError)
  })
})

function file(...chunks: readonly Buffer[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...chunks]))
}

function chunk(name: string, bytes: readonly number[]): Buffer {
  const head = Buffer.from(`${name}\0\0\0\0`, 'latin1')
  head.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([head, Buffer.from(bytes)])
}
