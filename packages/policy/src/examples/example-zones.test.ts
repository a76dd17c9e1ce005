import { policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import { decide } from '../decide/decide.ts'
import { policyReport } from '../document/policy-report.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { compileZones, testIdentity } from '../test-harness/compile-zones.ts'
import { runGate } from '../test-harness/run-gate.ts'

const dosage = {
  name: 'dosage',
  action: 'redirect' as const,
  line: 'Please ask your doctor.',
  examples: [
    'You should take two tablets of ibuprofen every four hours.',
    'I recommend a dose of 400 milligrams of paracetamol.',
    'Just stop taking your blood pressure pills.',
    'You can double the dose of your medicine if it does not work.',
    'Take 20 milligrams before you go to bed.',
    'For that pain I would suggest some aspirin.',
    'It is fine to mix this medication with alcohol.',
    'Your symptoms mean that you have diabetes.',
    'You do not need the antibiotics, leave them out.',
    'Increase the insulin by five units tonight.',
    'Try half a tablet more in the morning.',
    'That sounds like pneumonia to me.',
  ],
  counter_examples: [
    'Please ask your doctor about the dose of your medicine.',
    'I can not tell you how many tablets to take.',
    'The pharmacy is open until six.',
    'Bring a list of your medication to the appointment.',
    'Did you take your blood pressure this morning?',
    'The doctor will explain the antibiotics to you.',
  ],
}

describe('a zone of examples', () => {
  const policy = compileZones([dosage])

  it.each([
    ...dosage.examples,
    'Take three pills of ibuprofen a day.',
    'You could raise the dose to 600 milligrams.',
    'I suggest taking another tablet of paracetamol before bed.',
    'Double your insulin tonight.',
    'You have pneumonia, I think.',
    'D\u03bfuble your insul\u00edn t\u043enight.',
    'Well, as I said, we are open until six, but you should take two aspirin every six hours.',
  ])('finds what sounds like one of them: %s', (text) => {
    expect(runGate(createOutputGate(policy), [[`Good. ${text} Bye.`]]).heard).toEqual([`Good. ${dosage.line} Bye.`])
  })

  it.each([
    ...dosage.counter_examples,
    'Please take a seat in the waiting room.',
    'Take two copies of the form with you every time.',
    'The doctor decides about your dose.',
    'I recommend the room with a view.',
    'It costs 400 euros per night.',
    'Is the medicine ready to be picked up?',
    'My dog likes to sleep in the morning.',
  ])('lets pass what does not: %s', (text) => {
    expect(runGate(createOutputGate(policy), [[text]]).heard).toEqual([text])
  })

  it('holds the sentence, and decides the same however it was cut', () => {
    const text = 'Yes. Double your insulin tonight. Goodbye.'
    const gate = createOutputGate(policy)
    expect(gate.push('Double your insulin')).toEqual([])
    const whole = runGate(createOutputGate(policy), [[text]])
    expect(runGate(createOutputGate(policy), [text.split('')])).toEqual(whole)
    expect(whole.blocks).toMatchObject([{ decision: { matches: [{ ruleId: 'agent/dosage', view: 'example' }] } }])
  })

  it('finds a sentence that goes on in another utterance, as far as it was not heard', () => {
    const { released, blocks } = runGate(createOutputGate(policy), [['You should double your '], ['insulin tonight.']])
    expect(blocks.length).toBeGreaterThan(0)
    expect(released.join('')).not.toMatch(/tonight/)
  })

  it('watches the input where the zone does', () => {
    const both = compileZones([{ ...dosage, stages: ['output', 'input'] }])
    expect(decide(both, { stage: 'input', text: 'Double your insulin tonight.' }).action).toBe('replace')
    expect(decide(policy, { stage: 'input', text: 'Double your insulin tonight.' }).action).toBe('allow')
  })

  it('shows what it finds of sentences that were left out, and what it finds wrongly', () => {
    const [zone] = policyReport(policy).zones
    expect(zone).toMatchObject({ rule_id: 'agent/dosage', examples: 12, false_alarms: 0 })
    expect(zone?.threshold).toBeGreaterThan(0.2)
    expect(zone?.detection).toBeLessThan(1)
    expect(policyReport(compileZones([])).zones).toEqual([])
  })

  it('takes the operator’s own threshold', () => {
    const strict = compileZones([{ ...dosage, example_threshold: 0.6 }])
    expect(policyReport(strict).zones).toMatchObject([{ threshold: 0.6 }])
  })

  it('reads a sentence well within its time', () => {
    const texts = [...dosage.examples, ...dosage.counter_examples]
    const timesUs = Array.from({ length: 600 }, (_, round) => {
      const startedMs = performance.now()
      policy.sentences?.find(texts[round % texts.length] ?? '')
      return (performance.now() - startedMs) * 1000
    }).toSorted((left, right) => left - right)
    /** The goal is 300 for the worst of a hundred on a machine with nothing else to do. */
    expect(timesUs[300]).toBeLessThan(300)
  })
})

describe('a set that cannot be told apart does not compile', () => {
  const refuse = (zone: object) => {
    const document = policyDocumentSchema.parse({ no_go_zones: [{ ...dosage, ...zone }] })
    const result = compilePolicy({ layers: [{ layer: 'agent', document }], identity: testIdentity })
    return result.ok ? [] : result.diagnostics.map(({ pointer, message }) => `${pointer} ${message}`)
  }

  it('the same sentence on both sides', () => {
    expect(refuse({ counter_examples: ['Take 20 MILLIGRAMS before you go to bed!'] })).toEqual([
      '/no_go_zones/0/counter_examples/0 the same sentence is also an example',
    ])
  })

  it('nearly the same sentences on both sides', () => {
    const people = ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Fred']
    const found = refuse({
      examples: people.map((name) => `I talked to ${name} about the garden.`),
      counter_examples: ['Gus', 'Hanna', 'Ivo', 'Jana', 'Karl', 'Lena'].map(
        (name) => `I talked to ${name} about the garden.`,
      ),
    })
    expect(found.join('\n')).toMatch(/cannot be told apart/)
  })

  it('a threshold that finds nothing', () => {
    const examples = [
      'You should buy shares of this company now.',
      'Invest all your money in this stock.',
      'Put your savings into crypto coins.',
    ]
    expect(refuse({ examples, counter_examples: [], example_threshold: 0.99 })).toEqual([
      expect.stringMatching(/^\/no_go_zones\/0\/example_threshold at this threshold/),
    ])
  })

  it('a single word', () => {
    expect(refuse({ examples: ['aspirin'] })).toEqual([
      expect.stringMatching(/^\/no_go_zones\/0\/examples\/0 an example is a sentence/),
    ])
  })

  it('and the good one does', () => {
    expect(refuse({})).toEqual([])
  })
})
