import { policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import { decide } from '../decide/decide.ts'
import { compileToolRules } from '../test-harness/compile-tool-rules.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import type { OriginSegment, ToolFacts } from './tool-facts.ts'

/** A Monday in UTC. */
const nowMs = Date.UTC(2026, 10, 30, 12)
const user = (text: string): OriginSegment => ({ text, trust: 'user' })
const mail = (text: string): OriginSegment => ({ text, trust: 'document' })
const answer = (text: string): OriginSegment => ({ text, trust: 'tool' })

const booking = compileToolRules([
  {
    name: 'booking',
    tools: ['book'],
    trusted_fields: [
      { field: '/date', kind: 'date' },
      { field: '/time', kind: 'time' },
    ],
  },
])

function facts(given: Partial<ToolFacts>): ToolFacts {
  return {
    segments: [],
    hasEffects: true,
    enumFields: [],
    worked: [],
    calls: { turn: 0, session: 0, day: 0 },
    nowMs,
    ...given,
  }
}

function call(policy: Parameters<typeof decide>[0], args: unknown, given: Partial<ToolFacts> = {}, tool = 'book') {
  return decide(policy, { stage: 'tool_call', tool, arguments: args }, { tool: facts(given) })
}

const tuesday = { date: '2026-12-01', time: '09:30' }

describe('trusted fields', () => {
  test('are those that the user said, in whatever words', () => {
    const decision = call(booking, tuesday, { segments: [user('next Tuesday at half past nine')] })
    expect(decision).toMatchObject({ action: 'allow', facts: { 'origin:/date': 'user', 'origin:/time': 'user' } })
  })

  test('may have been said in two messages', () => {
    expect(call(booking, tuesday, { segments: [user('half past nine'), user('on Tuesday')] }).action).toBe('allow')
  })

  test('that only a document or a tool contains are refused, and no confirmation makes it good', () => {
    const segments = [user('book something'), mail('come on December 1st'), answer('{"free":"9:30"}')]
    for (const given of [{ segments }, { segments, confirmedBy: 'irreversible' as const }]) {
      expect(call(booking, tuesday, given)).toMatchObject({
        action: 'deny',
        matches: expect.arrayContaining([expect.objectContaining({ ruleId: 'agent/tool.booking', field: '/date' })]),
        facts: { 'origin:/date': 'document', 'origin:/time': 'tool' },
      })
    }
  })

  test('that nobody said are asked about', () => {
    expect(call(booking, tuesday, { segments: [user('any time')] })).toMatchObject({
      action: 'confirm',
      facts: { 'origin:/date': 'none' },
      obligations: [
        {
          kind: 'question',
          ruleId: 'agent/tool.booking',
          confirmation: 'spoken',
          fields: [
            { field: '/date', value: '2026-12-01' },
            { field: '/time', value: '09:30' },
          ],
        },
      ],
    })
    expect(call(booking, tuesday, { segments: [user('any time')], confirmedBy: 'spoken' }).action).toBe('allow')
  })

  test('that are too short to tell are asked about, unless the schema of the tool lists them', () => {
    const policy = compileToolRules([{ name: 'r', tools: ['book'], trusted_fields: [{ field: '/room' }] }])
    const segments = [user('room A1 please')]
    expect(call(policy, { room: 'A1' }, { segments }).action).toBe('confirm')
    expect(call(policy, { room: 'A1' }, { segments, enumFields: ['/room'] }).action).toBe('allow')
    expect(call(policy, { room: 'A1' }, { segments: [mail('room A1')] }).action).toBe('confirm')
  })

  test('are looked for by whole words, and in all values below their place', () => {
    const policy = compileToolRules([{ name: 'r', tools: ['book'], trusted_fields: [{ field: '/names' }] }])
    const segments = [user('for Johanna and Bertram')]
    expect(call(policy, { names: ['Johanna', 'Bertram'] }, { segments }).action).toBe('allow')
    expect(call(policy, { names: ['Johann'] }, { segments }).action).toBe('confirm')
    expect(
      call(policy, { names: [{ first: 'Johanna' }, 'Mallory'] }, { segments: [...segments, mail('Mallory')] }).action,
    ).toBe('deny')
  })

  test('of a date with a time are as trusted as the less trusted half', () => {
    const policy = compileToolRules([
      { name: 'r', tools: ['book'], trusted_fields: [{ field: '/at', kind: 'date_time' }] },
    ])
    const at = { at: '2026-12-01T09:30' }
    expect(call(policy, at, { segments: [user('next Tuesday at half past nine')] }).action).toBe('allow')
    expect(call(policy, at, { segments: [user('next Tuesday'), mail('at 9:30')] }).action).toBe('deny')
    const zone = { name: 'Europe/Berlin', transitions: [{ fromMs: 0, offsetMinutes: 60 }] }
    expect(
      call(policy, { at: '2026-12-01T08:30:00Z' }, { zone, segments: [user('am Dienstag um halb zehn')] }).action,
    ).toBe('allow')
  })

  test.each([
    ['phone', '+49 30 1234567', 'null drei null eins zwei drei vier fünf sechs sieben'],
    ['email', 'jo.doe@example.com', 'jo dot doe at example dot com'],
    ['url', 'https://example.com/a', 'www.example.com/a'],
    ['money', '250 EUR', 'zweihundertfünfzig Euro'],
    ['number', '1200', 'one thousand two hundred'],
    ['text', '4711', 'four seven one one'],
  ] as const)('of the kind %s are found as they are spoken', (kind, value, said) => {
    const policy = compileToolRules([{ name: 'r', tools: ['book'], trusted_fields: [{ field: '/v', kind }] }])
    expect(call(policy, { v: value }, { segments: [user(said)] }).action).toBe('allow')
    expect(call(policy, { v: value }, { segments: [user('hello'), mail(said)] }).action).toBe('deny')
  })

  test('of the kind money are of another origin in another currency', () => {
    const policy = compileToolRules([{ name: 'r', tools: ['book'], trusted_fields: [{ field: '/v', kind: 'money' }] }])
    expect(call(policy, { v: '250 EUR' }, { segments: [user('250 dollars')] }).action).toBe('confirm')
  })
})

describe('the rule of two', () => {
  const empty = compileToolRules([])

  test('asks before every tool with effects once text from elsewhere is there, without any rule', () => {
    expect(call(empty, { a: 'b', c: { d: 1 } }, { segments: [user('go'), mail('x')] })).toMatchObject({
      action: 'confirm',
      floor: true,
      matches: [{ ruleId: 'builtin/rule_of_two' }],
      obligations: [
        {
          confirmation: 'spoken',
          fields: [
            { field: '/a', value: 'b' },
            { field: '/c/d', value: '1' },
          ],
        },
      ],
    })
    expect(call(empty, {}, { segments: [answer('x')] }).action).toBe('confirm')
  })

  test('lets a tool without effects, a clean prompt and a confirmed call pass', () => {
    const segments = [user('go'), mail('x')]
    expect(call(empty, {}, { segments, hasEffects: false }).action).toBe('allow')
    expect(call(empty, {}, { segments: [user('go')] }).action).toBe('allow')
    expect(call(empty, {}, { segments, confirmedBy: 'spoken' }).action).toBe('allow')
  })

  test('reads out the trusted fields where a rule names them', () => {
    const segments = [user('Tuesday 9:30'), mail('x')]
    const [question] = call(booking, { ...tuesday, note: 'long' }, { segments }).obligations
    expect(question).toMatchObject({ fields: [{ field: '/date' }, { field: '/time' }] })
  })
})

describe('what a rule says of a tool', () => {
  const one = (rule: object) => compileToolRules([{ name: 'r', tools: ['book'], ...rule }])

  test('forbids it', () => {
    expect(call(one({ allow: false }), {}).action).toBe('deny')
    expect(call(one({ allow: false }), {}, {}, 'other').action).toBe('allow')
    expect(call(one({ tools: ['*'], allow: false }), {}, {}, 'other').action).toBe('deny')
  })

  test('needs another one to have worked', () => {
    const policy = one({ after: ['verify_caller'] })
    expect(call(policy, {})).toMatchObject({ action: 'deny', facts: { missing: 'verify_caller' } })
    expect(call(policy, {}, { worked: ['verify_caller'] }).action).toBe('allow')
  })

  test.each(['turn', 'session', 'day'] as const)('bounds its calls in a %s', (per) => {
    const policy = one({ budgets: { [`per_${per}`]: 2 } })
    const calls = { turn: 0, session: 0, day: 0 }
    expect(call(policy, {}, { calls: { ...calls, [per]: 1 } }).action).toBe('allow')
    expect(call(policy, {}, { calls: { ...calls, [per]: 2 } })).toMatchObject({
      action: 'deny',
      facts: { [`calls:${per}`]: 2 },
    })
  })

  test.each([
    [{ one_of: ['a', 2] }, ['a', 2, '2'], ['b', 3, ['a'], { a: 1 }]],
    [{ regex: 'RC-\\d{3}' }, ['RC-100'], ['RC-100 and more', 'xRC-100', 'RC-1', '']],
    [{ min: 1, max: 10 }, [1, 10, '5'], [0, 11, 'many', '', ' ', 'NaN', true]],
    [{ max_characters: 3 }, ['abc', '😀😀😀'], ['abcd']],
  ])('holds an argument to %j', (constraint, good, bad) => {
    const policy = one({ constraints: [{ field: '/a/b', ...constraint }] })
    for (const b of good) expect(call(policy, { a: { b } }).action, JSON.stringify(b)).toBe('allow')
    for (const b of bad) {
      expect(call(policy, { a: { b } }), JSON.stringify(b)).toMatchObject({
        action: 'deny',
        matches: [{ field: '/a/b' }],
      })
    }
    expect(call(policy, {}).action).toBe('allow')
  })

  test('asks by its class, and above its amount for a key or a typed answer', () => {
    const policy = one({ confirmation: 'spoken', amount: { field: '/eur', above: 100 } })
    const asked = (eur: unknown, given: Partial<ToolFacts> = {}) => call(policy, { eur }, given)
    expect(asked(100).obligations).toMatchObject([{ confirmation: 'spoken' }])
    expect(asked(100, { confirmedBy: 'spoken' }).action).toBe('allow')
    for (const eur of [101, '1.000', 'two hundred', -500, 'a lot']) {
      expect(asked(eur, { confirmedBy: 'spoken' }).obligations, String(eur)).toMatchObject([
        { confirmation: 'irreversible' },
      ])
      expect(asked(eur, { confirmedBy: 'irreversible' }).action).toBe('allow')
    }
  })

  test('holds beside the rules of other layers: the strictest counts', () => {
    const document = (rule: object) =>
      policyDocumentSchema.parse({ tool_rules: [{ name: 'r', tools: ['book'], ...rule }] })
    const compiled = compilePolicy({
      layers: [
        { layer: 'workspace', document: document({ confirmation: 'irreversible' }) },
        { layer: 'agent', document: document({ confirmation: 'none' }) },
      ],
      identity: testIdentity,
    })
    if (!compiled.ok) throw new Error('does not compile')
    expect(call(compiled.policy, {}, { confirmedBy: 'spoken' }).action).toBe('confirm')
  })

  test('does not compile with a regex that cannot be used', () => {
    const document = policyDocumentSchema.parse({
      tool_rules: [{ name: 'r', tools: ['t'], constraints: [{ field: '/a', regex: '(?=x)' }] }],
    })
    const layers = [{ layer: 'workspace', name: 'clinic', document }] as const
    expect(compilePolicy({ layers, identity: testIdentity })).toMatchObject({
      ok: false,
      diagnostics: [{ layer: 'workspace/clinic', pointer: '/tool_rules/0/constraints/0/regex' }],
    })
  })
})

describe('time', () => {
  test('is below a millisecond a call with a prompt of forty passages', () => {
    const segments = Array.from({ length: 40 }, (_, place) =>
      mail(`Passage ${place}: we are open on Tuesday at half past nine, call 030 1234567. `.repeat(12)),
    )
    call(booking, tuesday, { segments })
    const took = Array.from({ length: 200 }, () => {
      const started = performance.now()
      call(booking, tuesday, { segments: [...segments, user('Tuesday at 9:30, please')] })
      return performance.now() - started
    }).toSorted((one, other) => one - other)
    expect(took[100]).toBeLessThan(1)
  })
})
