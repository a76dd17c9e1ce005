/** P6 and P7 of runtime-safety 7 over every section of the document and every stage, and over what leaves the gate. */
import { actions, stages, stageTable } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PolicyLayer } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { anyEvent, anyFacts, anyText } from '../test-harness/any-event.ts'
import { anyRules, documentOf, someRules, turnedRound, type WrittenRules } from '../test-harness/any-rules.ts'
import { compileLayers } from '../test-harness/read-library.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { decide } from './decide.ts'

const places = [
  { layer: 'installation' },
  { layer: 'workspace', name: 'a' },
  { layer: 'workspace', name: 'b' },
  { layer: 'agent' },
] as const
const anyLayers = fc.array(anyRules, { minLength: 1, maxLength: places.length })

function layersOf(written: readonly WrittenRules[]): readonly PolicyLayer[] {
  return written.map((rules, index) => ({ ...(places[index] ?? places[0]), document: documentOf(rules) }))
}

function rank(action: (typeof actions)[number]): number {
  return actions.indexOf(action)
}

const settings = { numRuns: Number(process.env['PROVE_RUNS'] ?? 40) }

describe('the rules of all sections', () => {
  it('P6: decide the same in any order of the documents and of their layers', () => {
    const found = new Set<string>()
    fc.assert(
      fc.property(
        anyLayers,
        fc.array(fc.tuple(anyEvent, anyFacts), { minLength: 6, maxLength: 6 }),
        (written, asked) => {
          const one = compileLayers(layersOf(written))
          const other = compileLayers(layersOf(written.map(turnedRound)).toReversed())
          for (const [event, facts] of asked) {
            const decided = decide(one, event, facts)
            expect(decide(other, event, facts)).toEqual(decided)
            expect(decided.error).toBeUndefined()
            expect(stageTable[event.stage].allowed).toContain(decided.action)
            if (decided.action !== 'allow') found.add(event.stage)
          }
        },
      ),
      settings,
    )
    expect([...found].toSorted()).toEqual([...stages].toSorted())
  })

  it('P7: a rule more never lowers the action, at any stage', () => {
    const higher = new Set<string>()
    fc.assert(
      fc.property(
        anyLayers,
        fc.nat(2 ** 11 - 1),
        fc.array(fc.tuple(anyEvent, anyFacts), { minLength: 6, maxLength: 6 }),
        (written, kept, asked) => {
          const all = compileLayers(layersOf(written))
          const few = compileLayers(layersOf(written.map((rules) => someRules(rules, kept))))
          for (const [event, facts] of asked) {
            const [more, less] = [decide(all, event, facts), decide(few, event, facts)]
            expect(rank(more.action)).toBeGreaterThanOrEqual(rank(less.action))
            if (rank(more.action) > rank(less.action)) higher.add(event.stage)
          }
        },
      ),
      settings,
    )
    expect([...higher].toSorted()).toEqual([...stages].toSorted())
  })

  it('P7: a rule more never lets more leave', () => {
    let fewer = 0
    const offsets = (policy: CompiledPolicy, said: readonly string[]): ReadonlySet<number> =>
      runGate(
        createOutputGate(policy),
        said.map((text) => [text]),
      ).offsets
    fc.assert(
      fc.property(
        anyLayers,
        fc.nat(2 ** 11 - 1),
        fc.array(anyText, { minLength: 1, maxLength: 3 }),
        (written, kept, said) => {
          const more = offsets(compileLayers(layersOf(written)), said)
          const less = offsets(compileLayers(layersOf(written.map((rules) => someRules(rules, kept)))), said)
          expect([...more].filter((offset) => !less.has(offset))).toEqual([])
          if (more.size < less.size) fewer += 1
        },
      ),
      settings,
    )
    expect(fewer).toBeGreaterThan(settings.numRuns / 10)
  })
})
