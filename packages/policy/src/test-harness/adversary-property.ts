/**
 * Many policies against many texts: zones of all actions and scopes with exceptions, strikes, regexes, and lines that begin,
 * go on with and complete the phrases of others. Held to one rule: read as a whole, what was heard holds no match.
 */
import { deepEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { CarriedState, OutputGate } from '../gate/output-gate.ts'
import { matchText } from '../match/match-text.ts'
import { compileZones } from './compile-zones.ts'
import type { GateProperty } from './gate-properties.ts'
import { splitAt } from './random-splits.ts'
import { type GateRun, runGate } from './run-gate.ts'

const latin = [
  'dose',
  'take four',
  'four hundred mg',
  'ass',
  'a b',
  'lil',
  'bomb',
  'o dose',
  'secret code',
  'fish',
  'c++',
]
const bab = '\ubc25'
const bomb = '\u70b8\u5f39'
const phrases = [...latin, 'stra\u00dfe', bab, bomb]
/** Without anchors: behind a line another sentence begins than in the source. */
const regexes = ['\\d+ ?mg', 'code is \\d+', 'secret\\W+\\w+ing', 'x{3,}y', 'four +\\d']
const exceptions = ['dose of a', 'no dose', 'take four hundred', 'a b four', 'the bomb']
const lines = [
  'take',
  'four hundred',
  'B o',
  'hundred a',
  'the code is',
  'Zzz.',
  '12',
  'the secret',
  'f o u',
  '(ta',
  'bo-',
  'o.',
]
const twice = { hits: 2, turns: 1, action: 'end' } as const

const zone = fc.record({
  phrases: fc.uniqueArray(fc.constantFrom(...phrases), { minLength: 1, maxLength: 4 }),
  regexes: fc.uniqueArray(fc.constantFrom(...regexes), { maxLength: 2 }),
  unless: fc.uniqueArray(fc.constantFrom(...exceptions), { maxLength: 2 }),
  action: fc.constantFrom('redirect', 'redirect', 'redirect', 'block', 'escalate', 'end'),
  scope: fc.constantFrom('match', 'match', 'sentence', 'turn'),
  line: fc.constantFrom(...lines),
  hasStrikes: fc.boolean(),
})
const policies = fc
  .array(zone, { minLength: 1, maxLength: 4 })
  .map((zones) => {
    try {
      return compileZones(
        zones.map(({ hasStrikes, ...one }, index) => ({
          ...one,
          name: `zone-${index}`,
          ...(hasStrikes && one.action !== 'end' ? { strikes: twice } : {}),
        })),
      )
    } catch {
      /** A line that a zone forbids. */
      return null
    }
  })
  .filter((policy): policy is CompiledPolicy => policy !== null)

const parts = fc.constantFrom(
  ...[
    'dose',
    'd0se',
    'take',
    'four',
    'hundred',
    'mg',
    '400 mg',
    '7 mg',
    'ass',
    '@ss',
    'a',
    'b',
    'lil',
    'l!l',
    'bo',
    'mb',
  ],
  ...['o', 'secret', 'code', 'is', '12', '345', 'going', ' of ', 'no ', 'the ', 'c++', 'xxx', 'xy', 'STRASSE'],
  ...['stra\u1e9ee', '\u3142\u314f\u3142', bab, ...bomb, '\ufb01sh', '\u{1d41d}', '\ud800', '\udc1d'],
  ...[' ', ' ', ' ', ' ', ' ', '.', '. ', '! ', ', ', '-', '\n', '\n\n', '(', ')', '"', '\u2026'],
  ...['\u200b', '\u200d', '\u00ad', '\u3164', '\u0301', '\u202e', 'word word ', 'w '.repeat(40), 'x'.repeat(60)],
  ...['word '.repeat(70), ' no dose of a b ', ' dose of a b four 7', 'the bomb code is 12', 'Stra\u00dfe'],
)
const utterances = fc.array(
  fc.array(parts, { maxLength: 14 }).map((all) => all.join('')),
  { minLength: 1, maxLength: 3 },
)

type MakeGate = (policy: CompiledPolicy, carried?: CarriedState) => OutputGate

export function adversaryProperty(makeGate: MakeGate): GateProperty {
  const counts = { texts: 0, withMatch: 0 }
  const property = fc.property(
    policies,
    utterances,
    fc.array(fc.nat(200), { maxLength: 10 }),
    (policy, said, places) => {
      const [whole, cut, units] = [
        said.map((text) => [text]),
        said.map((text) => splitAt(text, places)),
        said.map((text) => text.split('')),
      ].map((pieces) => runGate(makeGate(policy), pieces))
      counts.texts += 1
      if (whole !== undefined && whole.blocks.length > 0) counts.withMatch += 1
      deepEqual(seen(cut), seen(whole))
      deepEqual(seen(units), seen(whole))
      deepEqual(
        whole?.blocks.filter(({ ruleId }) => ruleId.startsWith('engine/')),
        [],
      )
      /** A zero-width space is read as the seam of two utterances is: as nothing, or as a word boundary. */
      deepEqual(matchText(policy, whole?.heard.join('\u200b') ?? ''), [])
      deepEqual(matchText(policy, heardByMany(policy, makeGate, said).join('\u200b')), [])
    },
  )
  return { name: 'P1 P2: whatever the policy, what is heard holds no match, and no split changes it', property, counts }
}

/** Each utterance by another gate, which has got nothing but the state of the one before. */
function heardByMany(policy: CompiledPolicy, makeGate: MakeGate, said: readonly string[]): readonly string[] {
  let carried: CarriedState | undefined
  return said.flatMap((text) => {
    const gate = makeGate(policy, carried)
    const { heard } = runGate(gate, [[text]])
    carried = structuredClone(gate.carriedState())
    return heard
  })
}

function seen(run: GateRun | undefined): unknown {
  return [run?.heard, run?.released, run?.blocks, [...(run?.offsets ?? [])]]
}
