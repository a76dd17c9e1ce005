/** Clients send frames of any length: what is kept for a new connection weighs what it sounds, however it was cut. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { UnconfirmedAudio } from './unconfirmed-audio.ts'

const keptSeconds = 5
const keptBytes = keptSeconds * 32_000

it('five seconds of frames of one sample weigh no more than five times what they sound', () => {
  const before = bytesInUse()
  const audio = new UnconfirmedAudio(keptSeconds)
  for (let sample = 0; sample < keptBytes / 2; sample += 1) audio.add(new Uint8Array(2))
  const weight = bytesInUse() - before
  expect(audio.restart().length).toBeGreaterThan(0)
  expect(weight).toBeLessThan(5 * keptBytes)
})

function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('expected a collector')
  Reflect.apply(collect, undefined, [])
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
