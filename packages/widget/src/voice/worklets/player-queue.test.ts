import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PlayerQueue } from './player-queue.ts'

/** As a browser asks: 128 samples at a time. */
function render(queue: PlayerQueue, samples: number): number[] {
  const output: number[] = []
  while (output.length < samples) {
    const block = new Float32Array(128)
    queue.render(block)
    output.push(...block)
  }
  return output
}

const tone = (length: number) => new Int16Array(length).fill(16_384)

describe('a start', () => {
  test('waits for 40 ms of audio', () => {
    const queue = new PlayerQueue()
    queue.push(tone(480))
    expect(render(queue, 256).every((sample) => sample === 0)).toBe(true)
    queue.push(tone(480))
    expect(render(queue, 128)[0]).toBe(0.5)
  })

  test('waits for 60 ms at most', () => {
    const queue = new PlayerQueue()
    queue.push(tone(240))
    const output = render(queue, 2400)
    const first = output.findIndex((sample) => sample !== 0)
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThanOrEqual(1440)
    expect(output.filter((sample) => sample !== 0).length).toBe(240)
  })
})

test('plays everything once, in order, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (lengths) => {
      const queue = new PlayerQueue()
      let next = 1
      for (const length of lengths) queue.push(Int16Array.from({ length }, () => next++))
      const played = render(queue, 1440 + next + 256).filter((sample) => sample !== 0)
      expect(played.map((sample) => Math.round(sample * 32_768))).toEqual(
        Array.from({ length: next - 1 }, (_, i) => i + 1),
      )
      expect(queue.position).toEqual({ epoch: 0, samples: next - 1 })
    }),
  )
})

describe('a flush', () => {
  test('is silence after a fade of 5 ms, a new epoch, and nothing played in it', () => {
    const queue = new PlayerQueue()
    queue.push(tone(24_000))
    render(queue, 1280)
    expect(queue.position).toEqual({ epoch: 0, samples: 1280 })
    queue.flush()
    expect(queue.position).toEqual({ epoch: 1, samples: 0 })
    const after = render(queue, 2400)
    expect(after.findLastIndex((sample) => sample !== 0)).toBeLessThan(120)
    expect(after.slice(0, 120)).toEqual(after.slice(0, 120).toSorted((a, b) => b - a))
    expect(queue.position).toEqual({ epoch: 1, samples: 0 })
  })

  test('lets what comes after it be played whole', () => {
    const queue = new PlayerQueue()
    queue.push(tone(24_000))
    render(queue, 1280)
    queue.flush()
    queue.push(tone(2400))
    render(queue, 4800)
    expect(queue.position).toEqual({ epoch: 1, samples: 2400 })
  })

  test('of nothing is an epoch all the same, as the server counts them', () => {
    const queue = new PlayerQueue()
    queue.flush()
    queue.flush()
    expect(queue.position).toEqual({ epoch: 2, samples: 0 })
    queue.reset()
    expect(queue.position).toEqual({ epoch: 0, samples: 0 })
  })
})

test('counts a sample when it has left the loudspeaker, not when it left the queue', () => {
  const queue = new PlayerQueue()
  queue.setOutputDelay(480)
  queue.push(tone(1280))
  render(queue, 1280)
  expect(queue.position.samples).toBe(800)
  render(queue, 256)
  expect(queue.position.samples).toBe(1056)
  render(queue, 512)
  expect(queue.position.samples).toBe(1280)
})

test('holds half a minute and drops what comes after', () => {
  const queue = new PlayerQueue()
  for (let second = 0; second < 32; second += 1) queue.push(tone(24_000))
  expect(queue.dropped).toBe(48_000)
})
