import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decide } from '../decide/decide.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { refusalSamples } from '../test-harness/refusal-samples.ts'
import { vectorsFolder } from '../test-harness/vectors-folder.ts'

const policy = compileZones([])

function optsOut(text: string): boolean {
  return decide(policy, { stage: 'input', text }).obligations.some(({ kind }) => kind === 'opt_out')
}

describe.each(Object.entries(refusalSamples))('a wish not to be contacted in %s', (_, { meant, other }) => {
  it('is found in at least twenty ways to say it', () => {
    expect(meant.length).toBeGreaterThanOrEqual(20)
    expect(meant.filter((text) => !optsOut(text))).toEqual([])
  })

  it('is not found in what only sounds like it', () => {
    expect(other.length).toBeGreaterThanOrEqual(20)
    expect(other.filter(optsOut)).toEqual([])
  })
})

describe('a wish not to be contacted', () => {
  it('is noted in every policy, by a rule that no layer can switch off', () => {
    expect(decide(policy, { stage: 'input', text: 'stop calling me' })).toMatchObject({
      action: 'annotate',
      floor: true,
      matches: [{ ruleId: 'builtin/opt_out' }],
      obligations: [{ kind: 'opt_out', ruleId: 'builtin/opt_out' }],
    })
  })

  const vectors = vectorsFolder(undefined)
  it.skipIf(vectors === null)(
    'is not found in prompts that are safe, and in those that look like attacks and are none',
    () => {
      const odd = readFileSync(join(vectors ?? '', 'words/xstest-odd.csv'), 'utf8').split('\n')
      const injected = readFileSync(join(vectors ?? '', 'injection/notinject-one.json'), 'utf8').split('\n')
      expect([...odd, ...injected].filter(optsOut)).toEqual([])
    },
  )
})
