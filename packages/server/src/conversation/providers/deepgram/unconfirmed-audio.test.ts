import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnconfirmedAudio } from './unconfirmed-audio.ts'

const second = 32_000
const marks = (pcm: Uint8Array): readonly number[] => [...new Set(pcm)]

function threeSeconds(maxSeconds: number): UnconfirmedAudio {
  const audio = new UnconfirmedAudio(maxSeconds)
  for (const mark of [1, 2, 3]) audio.add(new Uint8Array(second).fill(mark))
  return audio
}

describe('audio that no final covers yet', () => {
  it('is kept in order, the oldest dropped beyond the bound', () => {
    expect(marks(threeSeconds(2).restart())).toStrictEqual([2, 3])
  })

  it('is forgotten up to where a final ends, by whole samples', () => {
    const audio = threeSeconds(5)
    audio.confirm(1.5)
    expect(audio.restart().byteLength).toBe(1.5 * second)
    audio.confirm(0.50001)
    expect(marks(audio.restart())).toStrictEqual([3])
    expect(audio.restart().byteLength % 2).toBe(0)
  })

  it('counts positions anew for a new connection', () => {
    const audio = threeSeconds(2)
    audio.confirm(0.9)
    expect(audio.restart()).toHaveLength(2 * second)
    audio.confirm(0.9)
    expect(audio.restart()).toHaveLength(1.1 * second)
    audio.confirm(5000)
    expect(audio.restart()).toHaveLength(0)
  })

  it('is gone when it was let go, and what comes then is kept', () => {
    const audio = threeSeconds(2)
    audio.clear()
    expect(audio.restart()).toHaveLength(0)
    audio.add(new Uint8Array(2).fill(9))
    expect([...audio.restart()]).toStrictEqual([9, 9])
  })

  it('is what a plain list of samples would keep, whatever comes', () => {
    const steps = fc.oneof(
      fc.nat(900).map((size) => ({ size })),
      fc.double({ min: 0, max: 0.1, noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), (given) => {
        const audio = new UnconfirmedAudio(0.02)
        let [kept, startBytes, mark]: [number[], number, number] = [[], 0, 0]
        for (const step of given) {
          if (typeof step === 'number') {
            const drop = Math.max(0, Math.floor((step * second) / 2) * 2 - startBytes)
            startBytes += Math.min(drop, kept.length)
            kept = kept.slice(drop)
            audio.confirm(step)
            continue
          }
          const pcm = Uint8Array.from({ length: step.size }, () => (mark += 1) % 256)
          audio.add(pcm)
          const all = [...kept, ...pcm]
          kept = all.slice(-0.02 * second)
          startBytes += all.length - kept.length
        }
        expect([...audio.restart()]).toStrictEqual(kept)
      }),
    )
  })
})
