import { expect, it } from 'vitest'
import { createOutputGate } from '../gate/output-gate.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { asciiDigit } from './ascii-digit.ts'

const systems = Intl.supportedValuesOf('numberingSystem').flatMap((numberingSystem) => {
  const format = new Intl.NumberFormat('en', { numberingSystem, useGrouping: false })
  const digits = Array.from({ length: 10 }, (_, value) => format.format(value))
  return digits.every((digit) => /^\p{Nd}$/u.test(digit)) ? [[numberingSystem, digits] as const] : []
})

it('knows the decimal digits of every script that the platform can write', () => {
  expect(systems.length).toBeGreaterThan(60)
  for (const [name, digits] of systems) {
    const read = digits.map((digit) => String.fromCodePoint(asciiDigit(digit.codePointAt(0) ?? 0)))
    expect([name, read.join('')]).toEqual([name, '0123456789'])
  }
})

it('reads them in phrases, as leet, and in regexes', () => {
  const policy = compileZones([
    { name: 'words', phrases: ['dose', '400 mg'], action: 'redirect', line: 'Zzz.' },
    { name: 'amounts', regexes: ['\\b\\d+ ml\\b'], action: 'redirect', line: 'Zzz.' },
  ])
  for (const [name, digits] of systems) {
    const write = (text: string): string => text.replaceAll(/[0-9]/g, (digit) => digits[Number(digit)] ?? '')
    for (const text of ['d05e', '400 mg', '250 ml']) {
      const { released } = runGate(createOutputGate(policy), [[write(text)]])
      expect([name, text, released]).toEqual([name, text, ['']])
    }
  }
})
