/** Any text at all: half characters, unassigned code points, scripts without spaces. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileZones } from '../test-harness/compile-zones.ts'
import { splitAt } from '../test-harness/random-splits.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { createOutputGate } from './output-gate.ts'

const settings = {
  numRuns: Number(process.env['PROVE_RUNS'] ?? 2000),
  seed: Number(process.env['PROVE_SEED'] ?? 20_261_122),
}

const bomb = '\u70b8\u5f39'
const koreanWord = '\uac00\ub098'
const policies = (['match', 'sentence', 'turn'] as const).map((scope) =>
  compileZones([
    {
      name: 'words',
      phrases: ['a b', 'ab', 'x1', koreanWord, bomb, 'lil'],
      action: 'redirect',
      line: 'Zzz.',
      scope,
      unless: ['a b c'],
    },
    { name: 'patterns', regexes: ['\\d+', '[^\\x00-\\x7f]{3}'], action: 'redirect', line: 'Yyy.' },
  ]),
)
const unit = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom(...'ab1!c .\u0301\u200b\u1100\u1161', ...koreanWord, ...bomb, '\ud800', '\udc00', '. ', 'ab'),
)
const text = fc.array(unit, { maxLength: 30 }).map((parts) => parts.join(''))

describe('any text', () => {
  it('P2: is decided the same over any split, down to half characters, and never makes the gate fail', () => {
    fc.assert(
      fc.property(text, text, fc.array(fc.nat(60)), fc.constantFrom(...policies), (one, other, cuts, policy) => {
        const [whole, cut, units] = [
          [[one], [other]],
          [splitAt(one, cuts), splitAt(other, cuts)],
          [one.split(''), other.split('')],
        ].map((pieces) => runGate(createOutputGate(policy), pieces))
        for (const run of [cut, units])
          expect([run?.heard, run?.released, run?.blocks]).toEqual([whole?.heard, whole?.released, whole?.blocks])
        expect(whole?.blocks.filter(({ ruleId }) => ruleId.startsWith('engine/'))).toEqual([])
      }),
      settings,
    )
  })

  it.each([
    ['a word of a script without spaces', `\u4ed6\u505a\u4e86${bomb}\u4e86`, bomb],
    ['a Korean word with a particle', `\uadf8 ${koreanWord}\ub97c`, koreanWord],
    ['the same, decomposed', `\uadf8 ${koreanWord.normalize('NFD')}\ub97c`, koreanWord.normalize('NFD')],
  ])('finds %s', (_, said, found) => {
    const [policy] = policies
    expect(policy && runGate(createOutputGate(policy), [said.split('')]).released.join('')).not.toContain(found)
  })

  it('hides a whole sentence that has no end, and does not fail', () => {
    const [, policy] = policies
    const said = `Hi. So ab ${'word '.repeat(3000)}end. Bye.`
    expect(policy && runGate(createOutputGate(policy), [[said]]).heard).toEqual(['Hi. Zzz. Bye.'])
  })
})
