import { type Decision, policyDocumentSchema } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { decide } from '../decide/decide.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import { isTopicResting } from './is-topic-resting.ts'
import type { TopicFacts } from './topic-facts.ts'

const line = 'We leave that alone for now.'
const ruleId = 'agent/topic.ex'
const topic = {
  name: 'ex',
  phrases: ['my ex', 'your ex', 'meinen Ex', 'mon ex', 'mi ex', 'Robin'],
  starts: { negative_wording: true },
  line,
}

function policyOf(document: object): CompiledPolicy {
  const result = compilePolicy({
    identity: testIdentity,
    layers: [{ layer: 'agent', document: policyDocumentSchema.parse(document) }],
  })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

const policy = policyOf({ topic_cooldowns: [topic] })
const silent: TopicFacts = { cooling: [], raisedTurnsAgo: {} }
const resting: TopicFacts = { cooling: [ruleId], raisedTurnsAgo: {} }

function said(text: string, topics: TopicFacts = silent, on: CompiledPolicy = policy): Decision {
  return decide(on, { stage: 'input', text }, { topics })
}

function begun({ obligations }: Decision): readonly string[] {
  return obligations.flatMap((one) =>
    one.kind === 'cooldown' ? [one.reason] : one.kind === 'topic_raised' ? ['raised'] : [],
  )
}

describe('a topic begins to rest', () => {
  test.each([
    "Let's not talk about my ex.",
    'I don’t want to talk about my ex, please',
    'please stop asking me about Robin',
    'Could we not talk about Robin any more?',
    "don't mention Robin again",
    'Robin is off limits.',
    'Ich will nicht über meinen Ex reden.',
    'ich möchte nicht mehr über Robin sprechen, ok',
    'Kein Wort mehr über Robin!',
    'Robin ist tabu',
    'Je ne veux pas parler de mon ex.',
    'ne me parlez plus de Robin',
    'No quiero hablar de mi ex',
    'no me hables de Robin',
  ])('when the user asks: %s', (text) => {
    const decided = said(text)
    expect(decided.action).toBe('annotate')
    expect(begun(decided)).toEqual(['user_asked'])
  })

  test.each([
    'I want to talk about my ex.',
    "Why don't you talk about my ex?",
    'Ich will über meinen Ex reden.',
    'Das habe ich dir noch nicht über meinen Ex erzählt.',
    'Je veux parler de mon ex',
    'Quiero hablar de mi ex',
    "I don't want to talk about money. My ex called today.",
    "Let's not talk about the weather",
    'if you do not want to talk about my ex, say so',
  ])('and not for: %s', (text) => {
    expect(said(text)).toMatchObject({ action: 'allow', obligations: [] })
  })

  test.each([
    'I hate my ex',
    'Talking to my ex makes me cry every time',
    'Ich hasse meinen Ex',
    'mon ex me rend malade, cauchemar',
    'Mi ex fue una pesadilla',
  ])('when the user speaks badly of it, and may be answered: %s', (text) => {
    expect(begun(said(text))).toEqual(['negative_wording', 'raised'])
  })

  test.each(["I don't hate my ex", 'My ex is fine. The weather is horrible.', 'I met my ex'])(
    'and not for a word that says the contrary, or stands elsewhere: %s',
    (text) => {
      expect(begun(said(text))).toEqual([])
    },
  )

  test('only for the reasons that the rule names', () => {
    const deaf = policyOf({ topic_cooldowns: [{ ...topic, starts: { user_asks: false } }] })
    expect(begun(said("Let's not talk about my ex", silent, deaf))).toEqual([])
    expect(begun(said('I hate my ex', silent, deaf))).toEqual([])
  })
})

describe('while it rests', () => {
  test('the user may raise it, and that is noted; asking again is no raising', () => {
    expect(begun(said('My ex called today', resting))).toEqual(['raised'])
    expect(begun(said("Let's not talk about my ex", resting))).toEqual(['user_asked'])
  })

  test('pieces of documents about it are dropped, and others are not', () => {
    const read = (text: string, topics: TopicFacts): string =>
      decide(policy, { stage: 'retrieval', text }, { topics }).action
    expect(read('Notes: your ex lives in Berlin.', resting)).toBe('deny')
    expect(read('Notes: your ex lives in Berlin.', silent)).toBe('allow')
    expect(read('Notes: Berlin is large.', resting)).toBe('allow')
  })

  test('the agent may follow for as many turns as the rule says, and no longer', () => {
    const raised = (turnsAgo: number): TopicFacts => ({ ...resting, raisedTurnsAgo: { [ruleId]: turnsAgo } })
    expect([0, 1, 2, 3].map((turnsAgo) => isTopicResting(policy, raised(turnsAgo), ruleId))).toEqual([
      false,
      false,
      false,
      true,
    ])
    const strict = policyOf({ topic_cooldowns: [{ ...topic, follow_turns: 0 }] })
    expect(isTopicResting(strict, raised(0), ruleId)).toBe(true)
  })

  test('what rests by rule rests for everybody', () => {
    const always = policyOf({ topic_cooldowns: [{ ...topic, starts: { always: true } }] })
    expect(decide(always, { stage: 'retrieval', text: 'about Robin' }, { topics: silent }).action).toBe('deny')
    expect(decide(always, { stage: 'output', text: 'And Robin?' }, { topics: silent }).action).toBe('replace')
  })

  test('a decision holds the rule and the place, and a whole text is judged as the stream is', () => {
    const decided = decide(policy, { stage: 'output', text: 'How is your ex?' }, { topics: resting })
    expect(decided).toMatchObject({ action: 'replace', matches: [{ ruleId }] })
    expect(decide(policy, { stage: 'output', text: 'How is your ex?' }, { topics: silent }).action).toBe('allow')
  })
})

describe('the output gate', () => {
  const run = (pieces: readonly string[], isResting: boolean, on = policy): string => {
    const gate = createOutputGate(on, undefined, { isResting: () => isResting })
    return [...pieces.flatMap((piece) => gate.push(piece)), ...gate.endUtterance()]
      .map((step) => (step.kind === 'release' ? step.text : `[${step.ruleId}:${step.line}]`))
      .join('')
  }

  test('replaces the sentence that raises the topic by its line', () => {
    expect(run(['Hello. How is your', ' ex doing? Fine.'], true)).toBe(`Hello. [${ruleId}:${line}] Fine.`)
  })

  test('says it all where the topic does not rest', () => {
    expect(run(['Hello. How is your', ' ex doing? Fine.'], false)).toBe('Hello. How is your ex doing? Fine.')
  })

  test('sees through disguises as in any zone', () => {
    expect(run(['How is R0b1n? And R o b i n?'], true)).not.toMatch(/R/)
  })

  test('a topic that is silent takes no exception away from a zone', () => {
    const zone = { name: 'gun', phrases: ['gun'], unless: ['Robin gun'], action: 'redirect', line: 'Nothing of that.' }
    const both = policyOf({ topic_cooldowns: [topic], no_go_zones: [zone] })
    expect(run(['A Robin gun is a toy. '], false, both)).toBe('A Robin gun is a toy. ')
  })

  test('P1 and P2: nothing of a resting topic leaves, and neither text nor decisions depend on the split', () => {
    const words = fc.constantFrom(
      'Robin',
      'R.o.b.i.n',
      'your ex',
      'hello',
      'and',
      'r0bin',
      '. ',
      '? ',
      'robins',
      'y o u r ex',
    )
    fc.assert(
      fc.property(
        fc.array(words, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(5), { maxLength: 30 }),
        fc.boolean(),
        (parts, cuts, rests) => {
          const text = parts.join(' ')
          const whole = run([text], rests)
          const pieces: string[] = []
          let at = 0
          for (const cut of [...cuts, text.length]) {
            pieces.push(text.slice(at, at + cut + 1))
            at += cut + 1
          }
          pieces.push(text.slice(at))
          expect(run(pieces, rests)).toBe(whole)
          if (rests) {
            const released = whole.replaceAll(/\[[^\]]*\]/g, '')
            expect(decide(policy, { stage: 'output', text: released }, { topics: resting }).matches).toEqual([])
          } else expect(whole).toBe(text)
        },
      ),
      { seed: 30, numRuns: 300 },
    )
  })
})

describe('a policy', () => {
  test('whose line names its own topic does not compile', () => {
    const result = compilePolicy({
      identity: testIdentity,
      layers: [
        {
          layer: 'agent',
          document: policyDocumentSchema.parse({ topic_cooldowns: [{ ...topic, line: 'Not about Robin.' }] }),
        },
      ],
    })
    expect(result).toMatchObject({ ok: false, diagnostics: [{ pointer: '/topic_cooldowns/0/line', layer: 'agent' }] })
  })
})
