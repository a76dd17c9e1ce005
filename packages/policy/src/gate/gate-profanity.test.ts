import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compileZones } from '../test-harness/compile-zones.ts'
import { profanityPhrases, runProfanity } from '../test-harness/profanity-run.ts'
import { seededNumbers, splitAt } from '../test-harness/random-splits.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { vectorsFolder } from '../test-harness/vectors-folder.ts'
import { createOutputGate } from './output-gate.ts'

const vectors = vectorsFolder(process.env['VECTORS_DIR'])
/** A tenth by default; all of them with PROVE_RUNS=20000. */
const every = Number(process.env['PROVE_RUNS'] ?? 2000) >= 20_000 ? 1 : 10

describe.skipIf(vectors === null)('the gate and ../shared/vectors', () => {
  it('P1: lets nothing of the profanity list leave, in twelve disguises, as it is heard, and in random splits', () => {
    const phrases = profanityPhrases(readFileSync(join(vectors ?? '', 'words/profanity-en.csv'), 'utf8'))
    const counts = runProfanity(phrases, 20_261_122, every)
    expect(counts.tried).toBeGreaterThan(1500)
    expect(counts.examples).toEqual([])
    expect(counts).toMatchObject({ full: 0, partial: 0 })
  })

  it('P3: leaves naughty strings as they are under an empty policy, whole and in single units', () => {
    const strings: unknown = JSON.parse(readFileSync(join(vectors ?? '', 'unicode/naughty-strings.json'), 'utf8'))
    const texts = Array.isArray(strings) ? strings.filter((text): text is string => typeof text === 'string') : []
    expect(texts.length).toBeGreaterThan(400)
    const policy = compileZones([])
    const next = seededNumbers(7)
    for (const text of texts) {
      const pieces = [[text], text.split(''), splitAt(text, [next(99), next(99)])]
      expect(runGate(createOutputGate(policy), pieces).released).toEqual([text, text, text])
    }
  })

  it('does not crash on naughty strings under a policy that looks at everything', () => {
    const strings: unknown = JSON.parse(readFileSync(join(vectors ?? '', 'unicode/naughty-strings.json'), 'utf8'))
    const policy = compileZones([
      {
        name: 'words',
        phrases: ['select', 'script', 'a b'],
        regexes: ['\\d{3,}', '<[a-z]+'],
        action: 'redirect',
        line: 'Zzz.',
        scope: 'sentence',
      },
    ])
    for (const text of Array.isArray(strings) ? strings.map(String) : []) {
      const run = runGate(createOutputGate(policy), [text.split('')])
      expect(run.blocks.filter(({ ruleId }) => ruleId.startsWith('engine/'))).toEqual([])
    }
  })
})
