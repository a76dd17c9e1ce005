import { actions, type Decision, stages, stageTable } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileZones, testIdentity } from '../test-harness/compile-zones.ts'
import { decide } from './decide.ts'
import { joinActions, joinAllDecisions, joinDecisions } from './join-decisions.ts'

const match = fc.record({
  ruleId: fc.constantFrom('agent/a', 'agent/b', 'workspace/c'),
  view: fc.constantFrom('plain' as const, 'leet' as const),
  span: fc.record({ start: fc.integer({ min: -50, max: 50 }), end: fc.nat(90) }),
  folded: fc.constantFrom('x', 'y'),
})
const obligation = fc.oneof(
  fc.constant({ kind: 'stop_turn' as const }),
  fc.record({
    kind: fc.constant('line' as const),
    ruleId: fc.constantFrom('agent/a', 'agent/b'),
    text: fc.constantFrom('one', 'two'),
  }),
  fc.record({ kind: fc.constant('queue' as const), ruleId: fc.constantFrom('agent/a', 'agent/b') }),
)
/** A decision as the engine makes them: in order, and joined with itself unchanged. */
const decision: fc.Arbitrary<Decision> = fc
  .record({
    action: fc.constantFrom(...actions),
    obligations: fc.array(obligation, { maxLength: 4 }),
    matches: fc.array(match, { maxLength: 4 }),
    facts: fc.dictionary(fc.constantFrom('hits:a', 'hits:b'), fc.nat(5)),
    mode: fc.constantFrom('enforce' as const, 'shadow' as const),
    headHeard: fc.nat(9),
  })
  .map((parts): Decision => {
    const raw = {
      stage: 'output' as const,
      policy: testIdentity,
      versions: { engine: '1', unicode: '17', timeZones: '2026b' },
      ...parts,
    }
    return joinDecisions(raw, raw)
  })

describe('P6: the join of decisions', () => {
  it('is commutative, associative and idempotent', () => {
    fc.assert(
      fc.property(decision, decision, decision, (a, b, c) => {
        expect(joinDecisions(a, b)).toEqual(joinDecisions(b, a))
        expect(joinDecisions(joinDecisions(a, b), c)).toEqual(joinDecisions(a, joinDecisions(b, c)))
        expect(joinDecisions(a, a)).toEqual(a)
      }),
    )
  })

  it('never lowers the action', () => {
    for (const left of actions) {
      for (const right of actions) {
        expect(actions.indexOf(joinActions(left, right))).toBe(Math.max(actions.indexOf(left), actions.indexOf(right)))
      }
    }
  })
})

describe('P7: rules are monotone', () => {
  const words = fc.array(fc.constantFrom('dose', 'bomb', 'secret code', 'hello'), { minLength: 1, maxLength: 3 })
  const zones = fc.array(
    fc.record({ phrases: words, action: fc.constantFrom('redirect' as const, 'block' as const, 'end' as const) }),
    { maxLength: 3 },
  )
  const said = fc
    .array(fc.constantFrom('dose', 'b0mb', 'secret', 'code', 'hello', 'fine', '.'), { maxLength: 8 })
    .map((parts) => parts.join(' '))

  it('adds a rule without lowering the decision, in any order of the document', () => {
    const named = (list: readonly { phrases: string[]; action: 'redirect' | 'block' | 'end' }[]) =>
      list.map((zone, index) => ({ ...zone, name: `zone-${zone.action}-${index}`, line: 'Zzz.' }))
    fc.assert(
      fc.property(zones, zones, said, (some, more, text) => {
        const all = named([...some, ...more])
        const [few, many, turned] = [all.slice(0, some.length), all, all.toReversed()].map((list) =>
          decide(compileZones(list), { stage: 'output', text }),
        )
        expect(actions.indexOf(many?.action ?? 'allow')).toBeGreaterThanOrEqual(actions.indexOf(few?.action ?? 'end'))
        expect(turned).toEqual(many)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a join of many', () => {
  it('is what joining one after the other gives', () => {
    fc.assert(
      fc.property(decision, fc.array(decision, { maxLength: 6 }), (first, rest) => {
        expect(joinAllDecisions(first, rest)).toEqual(rest.reduce(oneByOne, first))
      }),
      { numRuns: 300 },
    )
  })
})

function oneByOne(left: Decision, right: Decision): Decision {
  return joinDecisions(left, right)
}

describe('the stage table', () => {
  it('never answers an error with allow, nor with what no rule may do there', () => {
    for (const stage of stages) expect(stageTable[stage].allowed).toContain(stageTable[stage].onError)
    expect(stages.map((stage) => stageTable[stage].onError)).not.toContain('allow')
  })
})
