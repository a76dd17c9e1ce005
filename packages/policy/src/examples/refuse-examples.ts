import type { NoGoZone } from '@hyponema/contract'
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import { calibratedZone } from './example-zones.ts'
import { wordsOf } from './sentence-features.ts'

type Refusal = Pick<PolicyDiagnostic, 'pointer' | 'message' | 'fix'>

/** Why a set of examples is no rule: the same sentence stands on both sides, or what was learned from them does not tell them apart. */
export function refuseExamples(zone: NoGoZone, pointer: string): readonly Refusal[] {
  const meant = new Set(zone.examples.map((text) => wordsOf(text).join(' ')))
  const doubled = zone.counter_examples.flatMap((text, place): readonly Refusal[] =>
    meant.has(wordsOf(text).join(' '))
      ? [
          {
            pointer: `${pointer}/counter_examples/${place}`,
            message: 'the same sentence is also an example',
            fix: 'leave it on one side',
          },
        ]
      : [],
  )
  if (doubled.length > 0) return doubled
  const wordless = zone.examples.flatMap((text, place): readonly Refusal[] =>
    wordsOf(text).length >= 3
      ? []
      : [
          {
            pointer: `${pointer}/examples/${place}`,
            message: 'an example is a sentence of at least three words, so that other sentences can resemble it',
            fix: 'write it as somebody would say it, or list it as a phrase',
          },
        ],
  )
  if (wordless.length > 0) return wordless
  const set = calibratedZone(zone)
  if (set === null) return []
  const { mistaken } = set
  if (zone.example_threshold !== undefined && mistaken.examples.length === zone.examples.length)
    return [
      {
        pointer: `${pointer}/example_threshold`,
        message: 'at this threshold not even the examples themselves are found',
        fix: 'lower it, or leave it out',
      },
    ]
  if (mistaken.asOftenAsMeant)
    return [
      {
        pointer: `${pointer}/counter_examples`,
        message:
          'the examples cannot be told apart from the counter examples: when left out of training, both are found equally often',
        fix: 'write examples that differ from them by what they say, and not by a name or a number',
      },
    ]
  const lost = zone.example_threshold === undefined && mistaken.examples.length * 2 >= zone.examples.length
  const alike = mistaken.counterExamples.map((place): Refusal => {
    return {
      pointer: `${pointer}/counter_examples/${place}`,
      message:
        'the examples cannot be told apart from this counter example: it is as alike to them as they are to each other',
      fix: 'write more examples that differ from it, or leave it out',
    }
  })
  if (alike.length > 0 || !lost) return alike
  return [
    {
      pointer: `${pointer}/examples`,
      message: `${mistaken.examples.length} of ${zone.examples.length} examples cannot be told apart from the counter examples and from ordinary sentences`,
      fix: 'write examples that say what is meant in their own words, or fewer counter examples that say nearly the same',
    },
  ]
}
