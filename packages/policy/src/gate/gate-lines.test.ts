/** A canned line and the words beside it are heard as one text. */
import { describe, expect, it } from 'vitest'
import { compileZones } from '../test-harness/compile-zones.ts'
import { type GateRun, runGate } from '../test-harness/run-gate.ts'
import { allParts } from './gate-parts.ts'
import { createGateWithout, createOutputGate, type OutputGate } from './output-gate.ts'

const asking = { name: 'asking', phrases: ['dose'], action: 'redirect' as const, line: 'For that please call' }
const nurse = { name: 'nurse', phrases: ['call the nurse'], action: 'redirect' as const, line: 'Zzz.' }
const policy = compileZones([asking, nurse])

/** The same, whole and character by character. */
function say(make: () => OutputGate, ...utterances: readonly string[]): GateRun {
  const whole = runGate(
    make(),
    utterances.map((text) => [text]),
  )
  const cut = runGate(
    make(),
    utterances.map((text) => text.split('')),
  )
  expect([cut.heard, cut.blocks, [...cut.offsets]]).toEqual([whole.heard, whole.blocks, [...whole.offsets]])
  return whole
}

const gate = () => createOutputGate(policy)

describe('a phrase that begins in a line', () => {
  it('is withheld from the end of the line on, and stops the turn without another line', () => {
    const { heard, blocks } = say(gate, 'The dose: the nurse now. And more.')
    expect(heard).toEqual(['The For that please call'])
    expect(blocks).toMatchObject([
      { ruleId: 'agent/asking', line: ' For that please call'.trim(), stopTurn: false },
      { ruleId: 'agent/nurse', line: null, stopTurn: true, headHeard: 4, blockedText: ' the nurse' },
    ])
    expect(blocks[1]?.decision.headHeard).toBe(4)
  })

  it('is what the reading behind the line is for', () => {
    const { heard } = runGate(createGateWithout(policy, { ...allParts, lines: false }), [['The dose: the nurse now.']])
    expect(heard).toEqual(['The For that please call the nurse now.'])
  })

  it.each([
    ['in disguise', 't h e n|_|r5e', false],
    ['in disguise', 't.h.e n u r $ e', true],
    ['over two utterances', 'the | nurse', true],
    ['in the next utterance', '| the nurse', true],
    ['over three', '| the | nurse', true],
  ])('is found %s: %s', (_, rest, isFound) => {
    const { blocks } = say(gate, ...`The dose ${rest}.`.split('|'))
    expect(blocks.some(({ ruleId }) => ruleId === 'agent/nurse')).toBe(isFound)
  })

  it('is let go of when it comes to nothing, and the turn goes on', () => {
    expect(say(gate, 'The dose the nur', 'sery has. Bye. Again the doses.').heard).toEqual([
      'The For that please call the nur',
      'sery has. Bye. Again the doses.',
    ])
    const open = gate()
    open.push('The dose ')
    expect(open.push('the')).toEqual([])
    expect(open.push(' n')).toEqual([])
    expect(open.push('ew')).toMatchObject([{ text: ' the new', sourceStart: 8, sourceEnd: 16 }])
  })

  it('is forgotten when the user takes a turn', () => {
    const open = gate()
    runGate(open, [['The dose']])
    open.userTookTurn()
    expect(runGate(open, [['The nurse.']]).heard).toEqual(['The nurse.'])
  })

  it('is found when the line was said by another stage', () => {
    const open = gate()
    expect(open.gateLine('Please call.')).toMatchObject([{ kind: 'release', text: 'Please call.' }])
    expect(runGate(open, [['The nurse is here.']])).toMatchObject({ heard: [''], blocks: [{ headHeard: 5 }] })
  })

  it('is found by a gate that took over the state', () => {
    const open = gate()
    runGate(open, [['The dose']])
    const carried = open.carriedState()
    expect(JSON.parse(JSON.stringify(carried))).toEqual(carried)
    const { heard, blocks } = runGate(createOutputGate(policy, carried), [[' the nurse.']])
    expect([heard, blocks.length]).toEqual([[''], 1])
  })
})

describe('a phrase that ends in a line', () => {
  const completing = compileZones([
    { ...asking, line: 'The nurse is here' },
    { ...nurse, action: 'redirect' },
  ])

  it('is not completed by it: the line is not said, and the turn stops', () => {
    const { heard, blocks } = say(() => createOutputGate(completing), 'You may call dose now.')
    expect(heard).toEqual(['You may call '])
    expect(blocks).toMatchObject([
      { ruleId: 'agent/asking', line: null, stopTurn: false },
      { ruleId: 'agent/nurse', line: null, stopTurn: true, headHeard: 5 },
    ])
  })

  it('is found however much was said behind the line in the same piece', () => {
    const { heard } = say(() => createOutputGate(completing), `Call dose ${'well '.repeat(60)}`)
    expect(heard).toEqual(['Call '])
  })

  it('counts the words before a line that was said before', () => {
    const both = compileZones([
      { ...asking, line: 'Please call' },
      { name: 'other', phrases: ['pill'], action: 'redirect', line: 'the' },
      { name: 'nurse', phrases: ['call the nurse'], action: 'end' },
    ])
    const { heard, blocks } = say(() => createOutputGate(both), 'So dose pill nurse more')
    expect(heard).toEqual(['So Please call the'])
    expect(blocks.at(-1)).toMatchObject({ action: 'end', stopTurn: true, headHeard: 8 })
  })
})

describe('two lines in a row', () => {
  const two = compileZones([
    { ...asking, line: 'Please call' },
    { name: 'other', phrases: ['pill'], action: 'redirect', line: 'the nurse' },
    { name: 'nurse', phrases: ['call the nurse'], action: 'redirect', line: 'Zzz.' },
  ])

  it('are judged as one text', () => {
    expect(say(() => createOutputGate(two), 'So dose pill more').heard).toEqual(['So Please call '])
    expect(say(() => createOutputGate(two), 'So dose', 'pill more').heard).toEqual(['So Please call', ''])
  })

  it('stand apart', () => {
    const apart = compileZones([asking, { name: 'other', phrases: ['pill'], action: 'redirect', line: 'ing.' }])
    expect(say(() => createOutputGate(apart), 'So dose-pill more').heard).toEqual([
      'So For that please call - ing. more',
    ])
  })
})

describe('what is judged is what is said', () => {
  it('with the blanks around a line, which make words of what would be none', () => {
    const words = compileZones([
      { name: 'sign', phrases: ['@ss'], action: 'redirect', line: 'Ask a doctor' },
      { name: 'x', phrases: ['x ask'], action: 'redirect', line: 'Zzz.' },
    ])
    expect(say(() => createOutputGate(words), 'so x@ss now').heard).toEqual(['so x'])
  })

  it('and with an exception only where all of it was heard', () => {
    const excepted = compileZones([
      { name: 'advice', phrases: ['buy shares'], unless: ['you cannot buy shares'], action: 'redirect', line: 'No.' },
      { name: 'never', phrases: ['cannot'], action: 'redirect', line: 'Zzz.' },
    ])
    const { heard } = say(() => createOutputGate(excepted), 'So you cannot buy shares now.')
    expect(heard.join('')).not.toContain('buy shares')
  })
})

describe('a regex match over a line', () => {
  const code = compileZones([
    { ...asking, line: 'For that the code is' },
    { name: 'code', regexes: ['code is \\d+'], action: 'redirect', line: 'Zzz.' },
  ])

  it('is withheld from the end of the line on', () => {
    const { heard, blocks } = say(() => createOutputGate(code), 'So dose 12345 now. Bye.')
    expect(heard).toEqual(['So For that the code is'])
    expect(blocks.at(-1)).toMatchObject({ ruleId: 'agent/code', stopTurn: true, headHeard: 7 })
  })

  it('is found in the next utterance', () => {
    expect(say(() => createOutputGate(code), 'So dose', '12345 now. Bye.').heard).toEqual([
      'So For that the code is',
      '',
    ])
  })

  it('costs one sentence: behind it the reading is over', () => {
    expect(say(() => createOutputGate(code), 'So dose it. My 12345. Bye.').heard).toEqual([
      'So For that the code is it. My 12345. Bye.',
    ])
  })
})

describe('every decision is recorded, before the turn stops', () => {
  const rules = (run: GateRun) => run.blocks.map(({ ruleId, stopTurn }) => [ruleId.split('/')[1], stopTurn])
  const sign = { name: 'sign', phrases: ['@ss'], line: 'Zzz.' }

  it.each(['redirect', 'block', 'end'] as const)('that of a block (%s) before which the rest is judged', (action) => {
    const zones = [asking, nurse, { ...sign, action }]
    const run = say(() => createOutputGate(compileZones(zones)), 'The dose the nurse@ss now.')
    expect(run.heard).toEqual(['The For that please call'])
    expect(rules(run)).toEqual([
      ['asking', false],
      ['sign', false],
      ['nurse', true],
    ])
    expect(run.blocks[1]).toMatchObject({ action: action === 'block' ? 'replace' : expect.anything(), line: null })
  })

  it('those that wait within a sentence that is let go of too late', () => {
    const zones = [
      asking,
      nurse,
      { ...sign, action: 'redirect' as const },
      { ...sign, name: 'other', phrases: ['@bb'], action: 'redirect' as const },
      { ...sign, name: 'holding', phrases: ['xyz'], action: 'redirect' as const, scope: 'sentence' as const },
    ]
    const run = say(() => createOutputGate(compileZones(zones)), 'The dose. The nurse@ss and @bb too. More.')
    expect(run.heard).toEqual(['The For that please call'])
    expect(rules(run)).toEqual([
      ['asking', false],
      ['sign', false],
      ['other', false],
      ['nurse', true],
    ])
  })

  it('each against a line that is two phrases with what is beside it', () => {
    const zones = [
      { ...asking, line: 'the nurse knows' },
      nurse,
      { ...sign, name: 'second', phrases: ['nurse knows nine'], action: 'redirect' as const },
      { ...sign, name: 'third', phrases: ['please call the'], action: 'redirect' as const },
    ]
    const run = say(() => createOutputGate(compileZones(zones)), 'So please call dose now.')
    expect(run.heard).toEqual(['So please call '])
    expect(rules(run).map(([rule]) => rule)).toEqual(['asking', 'nurse', 'third'])
    expect(rules(run).map(([, stops]) => stops)).toEqual([false, false, true])
  })

  it('those that wait when the gate fails', () => {
    const more = { name: 'more', phrases: ['pill'], action: 'redirect' as const, line: 'Zzz.' }
    const holding = { ...sign, name: 'holding', phrases: ['xyz'], action: 'redirect' as const, scope: 'turn' as const }
    const run = say(() => createOutputGate(compileZones([more, holding])), `So a pill ${'word '.repeat(900)}`)
    expect(run.heard).toEqual([''])
    expect(rules(run)).toEqual([
      ['more', false],
      ['hold-limit', true],
    ])
  })
})
