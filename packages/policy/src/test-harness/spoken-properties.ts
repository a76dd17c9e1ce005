/**
 * P1 to P3 of runtime-safety 7 for what is heard. The oracle is written by hand and shares no table with the engine: a list
 * of ways to say and to write the same, put together at random. The words around them are no part of any phrase, so exactly
 * the phrase must be withheld.
 */
import { deepEqual, ok } from 'node:assert/strict'
import fc from 'fast-check'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import type { OutputGate } from '../gate/output-gate.ts'
import { matchText } from '../match/match-text.ts'
import { compileZones } from './compile-zones.ts'
import type { GateProperty } from './gate-properties.ts'
import { splitAt } from './random-splits.ts'
import { runGate } from './run-gate.ts'

/** Each row: ways that are one and the same to who hears them. Every way is forbidden once as a phrase, and said in all. */
const sameToTheEar = [
  ['two hundred milligrams', '200 mg', '200mg', '200 milligrams', 'two hundred mg'],
  ['zweihundert Milligramm', '200 mg', '200 Milligramm'],
  ['deux cents milligrammes', '200 mg', 'deux cents mg'],
  ['doscientos miligramos', '200 mg', '200 miligramos'],
  ['five dollars', '$5', '5 dollars'],
  ['fifty euros', '50\u20ac', '\u20ac50', '50 \u20ac'],
  ['ninety percent', '90%', '90 %', '90 percent'],
  ['ann at site dot org', 'ann@site.org', 'Ann@Site.org'],
  ['anna punkt site', 'anna.site'],
  ['five five five one two three', '555 123', '555123', '555-123'],
  ['nineteen eighty four', '1984'],
] as const
const letters: Readonly<Record<string, readonly string[]>> = {
  b: ['bee', 'bravo', 'b', 'B'],
  o: ['oh', 'oscar', 'o', 'O'],
  m: ['em', 'mike', 'm', 'M'],
  d: ['dee', 'delta', 'D'],
  p: ['pee', 'papa', 'P'],
  e: ['ee', 'echo', 'E'],
}
const spelledPhrases = ['bomb', 'dope'] as const
const line = 'Zzz qqq.'
const policies = new Map<string, CompiledPolicy>(
  [...new Set([...sameToTheEar.flat(), ...spelledPhrases])].map((phrase) => [
    phrase,
    compileZones([{ name: 'heard', action: 'redirect', line, phrases: [phrase] }]),
  ]),
)

const written = fc
  .constantFrom(...sameToTheEar)
  .chain((row) => fc.record({ phrase: fc.constantFrom(...row), said: fc.constantFrom(...row) }))
const spelled = fc.constantFrom(...spelledPhrases).chain((phrase) =>
  fc
    .record({
      names: fc.tuple(...[...phrase].map((letter) => fc.constantFrom(...(letters[letter] ?? [letter])))),
      between: fc.constantFrom(' ', ', ', ' - ', '\n', '  '),
    })
    .map(({ names, between }) => ({ phrase, said: names.join(between) })),
)
const marked = fc
  .record({
    phrase: fc.constantFrom(...spelledPhrases),
    cut: fc.integer({ min: 1, max: 3 }),
    how: fc.constantFrom(
      (head: string, tail: string) => `<speak>${head}<break/>${tail}</speak>`,
      (head: string, tail: string) => `<b>${head}</b>${tail}`,
      (head: string, tail: string) => `<sub alias="${head}${tail}">x</sub>`,
      (head: string, tail: string) => `${head}<sub alias='${tail}'>x</sub>`,
      (head: string, tail: string) => `${head}&#${tail.charCodeAt(0)};${tail.slice(1)}`,
      (head: string, tail: string) => `${head}&#x${tail.charCodeAt(0).toString(16)};${tail.slice(1)}`,
      (head: string, tail: string) => `<say-as interpret-as="characters">${head}${tail}</say-as>`,
    ),
  })
  .map(({ phrase, cut, how }) => ({ phrase, said: how(phrase.slice(0, cut), phrase.slice(cut)) }))
const heard = fc.oneof(written, spelled, marked)
const before = fc.constantFrom('', 'Qq xx ', 'Zzq, ', 'Qqq. ')
const behind = fc.constantFrom('', ' qq xx.', '.', '! Xx', ', zzq')
const cuts = fc.array(fc.nat(60), { maxLength: 8 })
const benign = fc.array(
  fc.constantFrom(
    ...[
      'I see you',
      'are you okay',
      'oh why',
      'be there',
      'at 14:30',
      '200',
      'mg',
      '5',
      'on the 2nd',
      '$4.50',
      'bravo',
    ],
    ...['mike', 'oscar and papa', 'a b', 'two hundred', '15 percent', 'site dot com', '555', 'call 123', 'O, be', 'em'],
  ),
  { minLength: 1, maxLength: 3 },
)

type MakeGate = (policy: CompiledPolicy) => OutputGate

export function spokenProperties(makeGate: MakeGate): readonly GateProperty[] {
  const counts = { texts: 0, withMatch: 0 }
  const found = fc.property(heard, before, behind, cuts, cuts, ({ phrase, said }, start, end, one, other) => {
    const policy = policies.get(phrase)
    ok(policy !== undefined)
    const text = start + said + end
    const [whole, cut, units] = [[text], splitAt(text, one), splitAt(text, other)].map((pieces) =>
      runGate(makeGate(policy), [pieces]),
    )
    counts.texts += 1
    if ((whole?.blocks.length ?? 0) > 0) counts.withMatch += 1
    const expected = text.length - said.length
    ok((whole?.blocks.length ?? 0) > 0)
    if (!said.includes('<')) ok((whole?.released.join('').length ?? 0) <= expected)
    /** Read once more, what is heard holds nothing. */
    deepEqual(matchText(policy, whole?.heard.join('') ?? ''), [])
    for (const run of [cut, units])
      deepEqual([run?.heard, run?.released, run?.blocks], [whole?.heard, whole?.released, whole?.blocks])
  })
  const unchanged = fc.property(
    benign,
    fc.constantFrom(...spelledPhrases, 'ann@site.org', 'icu', '90%'),
    (parts, phrase) => {
      const policy =
        policies.get(phrase) ?? compileZones([{ name: 'heard', action: 'redirect', line, phrases: [phrase] }])
      const text = `${parts.join('. ')}.`
      counts.texts += 1
      counts.withMatch += 1
      deepEqual(runGate(makeGate(policy), [text.split('')]).released, [text])
    },
  )
  return [
    {
      name: 'P1 P2: what is said in other words, but heard the same, does not leave, in any split',
      property: found,
      counts,
    },
    { name: 'P3: what only sounds a little like it comes out unchanged', property: unchanged, counts },
  ]
}
