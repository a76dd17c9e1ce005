/** P1 and P2 of runtime-safety 7 for what is found by check digits and by likeness: in every disguise listed, over any split. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileDocument } from '../test-harness/compile-document.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { disguises } from '../test-harness/disguises.ts'
import { splitAt } from '../test-harness/random-splits.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { createOutputGate } from './output-gate.ts'

const settings = { numRuns: Number(process.env['PROVE_RUNS'] ?? 300) }
const cuts = fc.array(fc.nat(200), { maxLength: 12 })
const before = fc.constantFrom('', 'Qq xx ', 'It is ', 'Well. It is ', '(')
const behind = fc.constantFrom('', '.', ' ok.', '. And more of it', ')', '\n')

describe('personal data', () => {
  const policy = compileDocument({
    pii: {
      kinds: Object.fromEntries(
        ['card', 'iban', 'ssn', 'email', 'phone', 'ip', 'secret'].map((kind) => [kind, { to_speech: 'drop' }]),
      ),
    },
  })
  /** A card number of any issuer's length, with the check digit of ISO/IEC 7812. */
  const card = fc.array(fc.nat(9), { minLength: 14, maxLength: 14 }).map((digits) => {
    const body = [4, ...digits]
    const sum = body
      .toReversed()
      .map((digit, place) => (place % 2 === 0 ? (digit * 2 > 9 ? digit * 2 - 9 : digit * 2) : digit))
      .reduce((total, digit) => total + digit, 0)
    return [...body, (10 - (sum % 10)) % 10].join('')
  })
  const grouped = fc
    .tuple(card, fc.constantFrom('', ' ', '-', '.', '\u00a0', ' \u200b'))
    .map(([digits, between]) => (digits.match(/.{4}/g) ?? []).join(between))
  const written = fc.oneof(
    grouped,
    fc.constantFrom(
      ...[
        'DE89 3704 0044 0532 0130 00',
        'GB82WEST12345698765432',
        'ann.example@site.org',
        '078-05-1120',
        '192.168.10.7',
      ],
      ...['+49 30 12345678', 'sk-proj-abcdefghijklmnopqrstuvwxyz123456'],
    ),
  )
  const disguise = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => [...text].map((one) => (/\d/.test(one) ? String.fromCodePoint(0xff10 + Number(one)) : one)).join(''),
    (text) => text.replaceAll(/(?<=\d)(?=\d)/g, '\u200d'),
    (text) => text.replaceAll(/(?<=\d)(?=\d)/g, '\u00ad'),
  )

  it('never leaves, not a character of it, and no split changes that', () => {
    fc.assert(
      fc.property(before, written, disguise, behind, cuts, (start, value, hide, end, places) => {
        const said = hide(value)
        const text = start + said + end
        const whole = runGate(createOutputGate(policy), [[text]])
        const cut = runGate(createOutputGate(policy), [splitAt(text, places)])
        const inside = Array.from({ length: said.length }, (_, index) => start.length + index)
        expect(inside.filter((offset) => whole.offsets.has(offset))).toEqual([])
        expect([cut.heard, cut.blocks, [...cut.offsets]]).toEqual([whole.heard, whole.blocks, [...whole.offsets]])
      }),
      settings,
    )
  })
})

describe('a sentence like the examples', () => {
  const examples = [
    'You should take two of the blue tablets every morning.',
    'Take twenty milligrams before you go to bed.',
    'I recommend doubling the dose for a week.',
    'Increase the amount of insulin to ten units.',
    'Skip the evening pill and take three tomorrow.',
    'A higher dose of the medicine would help you sleep.',
    'Swallow four capsules with a glass of water.',
    'Stop taking the tablets and use the drops twice a day.',
  ]
  const policy = compileZones([
    {
      name: 'dosage',
      action: 'redirect',
      line: 'Zzz qqq.',
      scope: 'sentence',
      examples,
      counter_examples: [
        'The pharmacy opens at eight in the morning.',
        'Your doctor will talk about the tablets with you.',
        'I can book you an appointment for next week.',
        'Please bring the list of your medicines.',
      ],
    },
  ])
  /** Likeness is a matter of words: letters apart, signs within words and leet are not seen through (docs/example-zones.md). */
  const apart = ['punctuation in words', 'spelled out', 'leet']
  const written = Object.entries(disguises).flatMap(([name, hide]) => (apart.includes(name) ? [] : [{ name, hide }]))

  it.each(written)('never leaves, over any split: $name', ({ hide }) => {
    fc.assert(
      fc.property(fc.constantFrom(...examples), fc.nat(9999), cuts, (example, seed, places) => {
        const said = hide(example, seed)
        const text = `Qq xx. ${said} Qq.`
        const whole = runGate(createOutputGate(policy), [[text]])
        const cut = runGate(createOutputGate(policy), [splitAt(text, places)])
        expect(whole.released.join('')).not.toContain(said.slice(0, 12))
        expect(whole.blocks.length).toBeGreaterThan(0)
        expect([cut.heard, cut.blocks]).toEqual([whole.heard, whole.blocks])
      }),
      { numRuns: Math.ceil(settings.numRuns / 10) },
    )
  })
})
