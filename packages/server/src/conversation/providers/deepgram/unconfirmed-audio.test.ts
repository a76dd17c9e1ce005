import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnconfirmedAudio } from './unconfirmed-audio.ts'

const second = 32_000

describe('audio that no final covers yet', () => {
  it('is kept in order, the oldest dropped beyond the bound', () => {
    const audio = new UnconfirmedAudio(2)
    for (const mark of [1, 2, 3]) audio.add(new Uint8Array(second).fill(mark))
    expect(audio.restart().map((pcm) => pcm[0])).toStrictEqual([2, 3])
  })

  it('is forgotten up to where a final ends, and a chunk that reaches beyond stays whole', () => {
    const audio = new UnconfirmedAudio(5)
    for (const mark of [1, 2, 3]) audio.add(new Uint8Array(second).fill(mark))
    audio.confirm(1.5)
    expect(audio.restart().map((pcm) => pcm[0])).toStrictEqual([2, 3])
    audio.confirm(1)
    expect(audio.restart().map((pcm) => pcm[0])).toStrictEqual([3])
  })

  it('counts positions anew for a new connection', () => {
    const audio = new UnconfirmedAudio(2)
    for (const mark of [1, 2, 3]) audio.add(new Uint8Array(second).fill(mark))
    audio.confirm(0.9)
    expect(audio.restart()).toHaveLength(2)
    audio.confirm(0.9)
    expect(audio.restart()).toHaveLength(2)
    audio.confirm(5000)
    expect(audio.restart()).toHaveLength(0)
  })

  it('never keeps more than its bound, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(second), { maxLength: 40 }), (sizes) => {
        const audio = new UnconfirmedAudio(1)
        for (const size of sizes) audio.add(new Uint8Array(size))
        const kept = audio.restart().reduce((sum, pcm) => sum + pcm.byteLength, 0)
        expect(kept).toBeLessThanOrEqual(second)
      }),
    )
  })
})
