/** P3 of runtime-safety 7 for the spoken view: what is only a number, a unit or a letter in ordinary talk stops nothing. */
import { deepEqual } from 'node:assert/strict'
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'
import fc from 'fast-check'
import { allParts, type GateParts } from '../gate/gate-parts.ts'
import { createGateWithout } from '../gate/output-gate.ts'
import { compileZones } from './compile-zones.ts'
import type { GateProperty } from './gate-properties.ts'
import { absentPhrases, ordinaryNumbers, ordinarySentences } from './ordinary-talk.ts'
import { runGate } from './run-gate.ts'

const digits = ['4', '14', '40', '44', '60', '400', '4,000', '5', '205']
const policy = compileZones([{ name: 'absent', action: 'block', line: 'Qq.', phrases: [...absentPhrases] }])

function talkIn(language: PolicyLanguage): fc.Arbitrary<string> {
  const sentence = fc
    .tuple(
      fc.constantFrom(...ordinarySentences[language]),
      fc.array(fc.constantFrom(...ordinaryNumbers[language]), { minLength: 3, maxLength: 3 }),
      fc.array(fc.constantFrom(...digits), { minLength: 3, maxLength: 3 }),
    )
    .map(([written, words, numbers]) => {
      let [word, number] = [0, 0]
      return written.replaceAll(/[#%]/g, (mark) => (mark === '#' ? words[word++ % 3] : numbers[number++ % 3]) ?? '')
    })
  return fc.array(sentence, { minLength: 1, maxLength: 5 }).map((sentences) => sentences.join(' '))
}

/** `counts.withMatch`: texts that are long enough to hold several things to be heard. */
export function ordinaryProperty(parts: GateParts = allParts): GateProperty {
  const counts = { texts: 0, withMatch: 0 }
  const property = fc.property(fc.constantFrom(...policyLanguages).chain(talkIn), (text) => {
    counts.texts += 1
    if (text.length > 60) counts.withMatch += 1
    const { released, blocks } = runGate(createGateWithout(policy, parts), [[text]])
    deepEqual([released, blocks.map(({ blockedText }) => blockedText)], [[text], []])
  })
  return { name: 'P3: ordinary talk in four languages comes out unchanged, whatever is heard in it', property, counts }
}
