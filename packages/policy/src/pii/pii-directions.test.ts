import { describe, expect, it } from 'vitest'
import { decide } from '../decide/decide.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { compileDocument } from '../test-harness/compile-document.ts'
import { runGate } from '../test-harness/run-gate.ts'
import { maskPii } from './mask-pii.ts'

const card = '4111 1111 1111 1111'
const pii = (kinds: unknown, floor = false) => ({ pii: { kinds, floor } })

describe('at the output', () => {
  const policy = compileDocument(pii({ card: { to_speech: 'mask' }, email: { to_speech: 'drop' } }))

  it('a kind and the last two digits are said in place of a card', () => {
    const { heard, blocks } = runGate(createOutputGate(policy), [[`Your card ${card} is locked.`]])
    expect(heard).toEqual(['Your card a card number ending in 11 is locked.'])
    expect(blocks).toMatchObject([
      {
        ruleId: 'agent/pii',
        stopTurn: false,
        decision: {
          action: 'redact',
          matches: [{ view: 'checksum', folded: '[card]' }],
          obligations: [{ kind: 'mask', direction: 'to_speech', pii: 'card', action: 'mask' }],
        },
      },
    ])
  })

  it('the words are those of the language that the session has by then', () => {
    let language = 'de-AT'
    const gate = createOutputGate(policy, undefined, { language: () => language })
    expect(runGate(gate, [[`Ihre Karte: ${card}.`]]).heard).toEqual(['Ihre Karte: eine Kartennummer mit der Endung 11'])
    language = 'fr'
    gate.userTookTurn()
    expect(runGate(gate, [[`Votre carte : ${card} ok.`]]).heard).toEqual([
      'Votre carte : un numéro de carte qui finit par 11 ok.',
    ])
  })

  it('of what is dropped only its kind is said, so that the words beside it do not join', () => {
    expect(runGate(createOutputGate(policy), [['Mail ann@example.com today.']]).heard).toEqual([
      'Mail an e-mail address today.',
    ])
  })

  it('a number that is split over two utterances is not let through to its end', () => {
    const { released } = runGate(createOutputGate(policy), [['It is 4111 1111 '], ['1111 1111 as you know.']])
    expect(released.join('|')).not.toMatch(/1111\s*\|.*1111/)
  })

  it('a number that is said in words is not said either, and its tail is no word', () => {
    const said = `It is four one one one ${Array(12).fill('one').join(' ')} now.`
    expect(runGate(createOutputGate(policy), [said.split('')]).heard).toEqual(['It is a card number now.'])
    expect(runGate(createOutputGate(policy), [['Ask ann at example dot com.']]).heard).toEqual([
      'Ask an e-mail address',
    ])
  })

  it('a kind that no rule names is said', () => {
    const text = 'Call +49 151 23456789 please.'
    expect(runGate(createOutputGate(policy), [[text]]).heard).toEqual([text])
  })

  it('decide says the same of a whole text', () => {
    expect(decide(policy, { stage: 'output', text: `It is ${card}.` })).toMatchObject({ action: 'redact' })
  })
})

describe('towards the model', () => {
  const policy = compileDocument(pii({ card: { to_model: 'mask' }, ssn: { to_model: 'drop' } }))

  it('a message is noted, with what is to be masked, and never with the number', () => {
    const decision = decide(policy, { stage: 'input', text: `My card is ${card} and my number 514-69-0360.` })
    expect(decision.action).toBe('annotate')
    expect(decision.obligations).toEqual([
      { kind: 'mask', ruleId: 'agent/pii', direction: 'to_model', pii: 'ssn', action: 'drop' },
      { kind: 'mask', ruleId: 'agent/pii', direction: 'to_model', pii: 'card', action: 'mask' },
    ])
    expect(decision.matches.map(({ folded }) => folded)).toEqual(['[card]', ''])
    expect(JSON.stringify(decision)).not.toMatch(/4111|0360/)
  })

  it.each(['retrieval', 'tool_result'] as const)('at %s the places are redacted', (stage) => {
    const text = `card: ${card}`
    const event = stage === 'retrieval' ? { stage, text } : { stage, text, tool: 'look_up' }
    expect(decide(policy, event)).toMatchObject({
      action: 'redact',
      matches: [{ ruleId: 'agent/pii', span: { start: 6, end: 25 }, folded: '[card]' }],
    })
  })

  it('the text that goes on has markers, or nothing', () => {
    expect(maskPii(policy, 'to_model', `Card ${card}, number 514-69-0360.`)).toEqual({
      text: 'Card [card], number .',
      found: { card: 1, ssn: 1 },
    })
  })
})

describe('rules of several layers', () => {
  it('join to the strictest by kind and direction, so a lower layer can only tighten', () => {
    const policy = compileDocument(
      pii({ card: { to_model: 'drop', to_logs: 'mask' } }, true),
      pii({ card: { to_model: 'mask', to_transcript: 'mask' } }),
      pii({ card: { to_model: 'allow', to_logs: 'allow' } }),
    )
    expect(maskPii(policy, 'to_model', card).text).toBe('')
    expect(maskPii(policy, 'to_transcript', card).text).toBe('[card]')
    expect(maskPii(policy, 'to_logs', card).text).toBe('')
    const decision = decide(policy, { stage: 'input', text: card })
    expect(decision).toMatchObject({ floor: true, matches: [{ ruleId: 'installation/pii' }] })
  })

  it('of equally strict ones a floor is named, and the decision says that it is one', () => {
    const policy = compileDocument(pii({ card: { to_model: 'mask' } }), pii({ card: { to_model: 'mask' } }, true))
    expect(decide(policy, { stage: 'input', text: card })).toMatchObject({ floor: true })
  })

  it('a kind that is named goes into no log unless the rule says so', () => {
    const policy = compileDocument(pii({ email: {} }))
    expect(maskPii(policy, 'to_logs', 'ann@example.com wrote').text).toBe(' wrote')
    expect(maskPii(policy, 'to_model', 'ann@example.com wrote').text).toBe('ann@example.com wrote')
  })
})
