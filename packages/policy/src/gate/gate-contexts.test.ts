/** A regex sees what was heard of a sentence that is not over, over utterances and over windows. */
import { describe, expect, it } from 'vitest'
import { decide } from '../decide/decide.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { allParts } from './gate-parts.ts'
import { createGateWithout, createOutputGate } from './output-gate.ts'

const line = 'I cannot say.'
const policy = compileZones([
  { name: 'code', regexes: ['code is:? *\\d+', 'a{250,}', 'b{280}'], action: 'redirect', line },
])

function heard(...utterances: readonly string[]): readonly string[] {
  const whole = runGate(
    createOutputGate(policy),
    utterances.map((text) => [text]),
  )
  const cut = runGate(
    createOutputGate(policy),
    utterances.map((text) => text.split('')),
  )
  expect([cut.heard, cut.blocks, [...cut.offsets]]).toEqual([whole.heard, whole.blocks, [...whole.offsets]])
  return whole.heard
}

describe('over utterances', () => {
  it.each([
    [
      ['my code is', ' 12345 now. Bye.'],
      ['my code is', ` ${line} now. Bye.`],
    ],
    [
      ['my code is', '12345 now'],
      ['my code is', ` ${line} now`],
    ],
    [
      ['my code is ', '12345'],
      ['my code is ', line],
    ],
    [
      ['my co', 'de i', 's 12345'],
      ['my co', 'de i', ` ${line}`],
    ],
    [
      ['the', ' ', 'code is', ' ', '1'],
      ['the', ' ', 'code is', ' ', line],
    ],
    [
      ['Hi. My code is', ' 12345'],
      ['Hi. My code is', ` ${line}`],
    ],
  ])('nothing of %j leaves from the boundary on', (said, expected) => {
    expect(heard(...said)).toEqual(expected)
  })

  it('says how much had been heard', () => {
    const { blocks } = runGate(createOutputGate(policy), [['my code is'], [' 12345 now']])
    expect(blocks).toMatchObject([
      { headHeard: 7, blockedText: ' 12345', decision: { headHeard: 7, matches: [{ folded: 'code is 12345' }] } },
    ])
  })

  it('is what the context is for', () => {
    const gate = createGateWithout(policy, { ...allParts, sentenceContext: false })
    expect(runGate(gate, [['my code is'], [' 12345']]).released).toEqual(['my code is', ' 12345'])
  })

  it.each([
    [['It is my code is.', ' 12345 is another.']],
    [['My code is: well', ' 12345']],
    [['My code is\n\n', '12345']],
  ])('a sentence that is over is no context: %j', (said) => {
    expect(heard(...said)).toEqual(said)
  })

  it('is forgotten when the user takes a turn', () => {
    const gate = createOutputGate(policy)
    runGate(gate, [['my code is']])
    gate.userTookTurn()
    expect(runGate(gate, [[' 12345']]).heard).toEqual([' 12345'])
  })

  it('is carried as plain data', () => {
    const gate = createOutputGate(policy)
    runGate(gate, [['Well. My code'], [' is']])
    const carried = gate.carriedState()
    expect(JSON.parse(JSON.stringify(carried))).toEqual(carried)
    expect(runGate(createOutputGate(policy, carried), [[' 12345']]).heard).toEqual([` ${line}`])
  })

  it('reads no further back than 300 characters', () => {
    const long = compileZones([{ name: 'x', regexes: ['start( word)* end'], action: 'redirect', line }])
    const near = runGate(createOutputGate(long), [[`start${' word'.repeat(50)}`], [' end']])
    const far = runGate(createOutputGate(long), [[`start${' word'.repeat(70)}`], [' end']])
    expect([near.blocks.length, far.blocks.length]).toEqual([1, 0])
  })
})

describe('over windows', () => {
  it.each([0, 1, 29, 30, 31, 100, 149, 200, 299, 300, 301, 555])(
    'a match of 250 characters leaves not at all, %i in',
    (place) => {
      const before = 'w '.repeat(place / 2)
      expect(heard(`${before}${'a'.repeat(250)} so`)).toEqual([`${before}${line} so`])
    },
  )

  it('of a longer one, what has not left when it is recognised is withheld', () => {
    const [said = ''] = heard(`${'w '.repeat(100)}${'b'.repeat(280)} so`)
    expect(said.replaceAll(/[^b]/g, '').length).toBeLessThan(40)
    expect(said).toContain(line)
  })

  it('a whole text is read without windows', () => {
    const input = compileZones([{ name: 'long', regexes: ['c{500}'], stages: ['input'], action: 'redirect', line }])
    const said = (count: number) =>
      decide(input, { stage: 'input', text: `${'w '.repeat(90)}${'c'.repeat(count)} so` }).action
    expect([said(500), said(499)]).toEqual(['replace', 'allow'])
  })
})
