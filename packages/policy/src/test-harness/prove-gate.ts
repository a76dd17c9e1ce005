/**
 * `node packages/policy/src/test-harness/prove-gate.ts [runs] [seed]`: every property of the gate with 20,000 runs, and the
 * whole profanity list in twelve disguises; prints one JSON document and fails when anything leaked.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { createOutputGate } from '../gate/output-gate.ts'
import { adversaryProperty } from './adversary-property.ts'
import { disguises, spokenDisguises } from './disguises.ts'
import { gateProperties } from './gate-properties.ts'
import { hearingProperties } from './hearing-properties.ts'
import { ordinaryProperty } from './ordinary-properties.ts'
import { profanityPhrases, runProfanity } from './profanity-run.ts'
import { spokenProperties } from './spoken-properties.ts'
import { vectorsFolder } from './vectors-folder.ts'

const numRuns = Number(process.argv[2] ?? 20_000)
const seed = Number(process.argv[3] ?? 20_261_122)
const vectors = vectorsFolder(undefined)

const all = [
  ...gateProperties(),
  ...hearingProperties(),
  ...spokenProperties(createOutputGate),
  ordinaryProperty(),
  adversaryProperty(createOutputGate),
]
const properties = all.map(({ name, property, counts }) => {
  const { failed, numRuns: done, counterexample } = fc.check(property, { numRuns, seed })
  return { name, runs: done, failed, withMatch: counts.withMatch, ...(failed ? { counterexample } : {}) }
})
const profanity =
  vectors === null
    ? 'skipped: ../shared/vectors is absent'
    : {
        disguises: Object.keys(disguises).length,
        spokenDisguises: Object.keys(spokenDisguises).length,
        ...runProfanity(profanityPhrases(readFileSync(join(vectors, 'words/profanity-en.csv'), 'utf8')), seed),
      }
const leaks = typeof profanity === 'string' ? 0 : profanity.full + profanity.partial
const failed = properties.some((property) => property.failed) || leaks > 0
process.stdout.write(`${JSON.stringify({ seed, properties, profanity, passed: !failed }, null, 2)}\n`)
process.exitCode = failed ? 1 : 0
