import { Worker } from 'node:worker_threads'
import { policyDocumentSchema } from '@hyponema/contract'
import type { PolicyLayer } from '@hyponema/policy'
import { describe, expect, test } from 'vitest'
import { PolicyThread } from './judge-large.ts'
import { judgeLayers } from './judge-layers.ts'

const consonants = 'bcdfghjklmpqrstvwxz'

/** Words that mean nothing, all different. */
const phrase = (place: number) =>
  [1, 7, 31, 127]
    .map((step) => `ba${consonants[(place * step) % 19]}e${consonants[Math.floor(place / step) % 19]}o`)
    .join(' ')

function layerOf(count: number): PolicyLayer {
  const zones = Array.from({ length: Math.ceil(count / 200) }, (_, zone) => ({
    name: `zone_${zone}`,
    phrases: Array.from({ length: Math.min(200, count) }, (__, index) => phrase(zone * 200 + index)),
    action: 'redirect',
    line: 'Let us speak of something else.',
  }))
  const tests = [{ say: `Well, ${phrase(0)}.`, expect: { action: 'allow' } }]
  return { layer: 'workspace', name: 'large', document: policyDocumentSchema.parse({ no_go_zones: zones, tests }) }
}

describe('policies that are judged beside those who talk', () => {
  const large = layerOf(4000)
  const question = { layers: [large], tested: large, wantsZones: true }

  test('a large one leaves the process to others, and the verdict is the same', async () => {
    let turns = 0
    const others = setInterval(() => {
      turns += 1
    }, 5)
    try {
      const verdict = await new PolicyThread().judge(question)
      expect(turns).toBeGreaterThan(10)
      expect(verdict).toMatchObject({ ok: true, failures: [{ pointer: '/tests/0' }] })
      expect(verdict).toEqual(await judgeLayers(question))
    } finally {
      clearInterval(others)
    }
  })

  test('a small one needs no thread', async () => {
    const startWorker = () => {
      throw new Error('no thread was needed')
    }
    const small = layerOf(3)
    expect(await new PolicyThread({ startWorker }).judge({ layers: [small] })).toMatchObject({ ok: true })
    await expect(new PolicyThread({ startWorker }).judge(question)).rejects.toMatchObject({ code: 'policy.busy' })
  })

  test('one that does not compile says why', async () => {
    const twice = { layers: [large, large] }
    expect(await new PolicyThread().judge(twice)).toEqual(await judgeLayers(twice))
    expect(await judgeLayers(twice)).toMatchObject({ ok: false })
  })

  test('more than may wait are refused, and a thread that ends or is too slow is replaced', async () => {
    let started = 0
    const startWorker = () => {
      started += 1
      // Ends without an answer the first time.
      const file = started === 1 ? './judge-layers.ts' : './judge-in-thread.ts'
      return new Worker(new URL(file, import.meta.url))
    }
    const thread = new PolicyThread({ maxWaiting: 1, startWorker })
    const [first, second, third] = await Promise.allSettled([1, 2, 3].map(() => thread.judge(question)))
    const busy = { status: 'rejected', reason: { code: 'policy.busy' } }
    expect([first, third]).toMatchObject([busy, busy])
    expect([second?.status, started]).toEqual(['fulfilled', 2])
    const slow = new PolicyThread({ deadlineMs: 1 })
    await expect(slow.judge(question)).rejects.toMatchObject({ code: 'policy.busy' })
  })
})
