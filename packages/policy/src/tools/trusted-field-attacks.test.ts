/** What a document would have to do for its own value to pass as one that the person said. */

import type { ArgumentKind } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { decide } from '../decide/decide.ts'
import { compileToolRules } from '../test-harness/compile-tool-rules.ts'
import type { OriginSegment, ToolFacts } from './tool-facts.ts'

/** A Monday in UTC. */
const nowMs = Date.UTC(2026, 10, 30, 12)
const calls = { turn: 0, session: 0, day: 0 }

/** What is decided of a call with this value when the person said one thing and a document another. */
function judged(kind: ArgumentKind, value: unknown, { said = 'hello', read = '' }: { said?: string; read?: string }) {
  const policy = compileToolRules([{ name: 'r', tools: ['act'], trusted_fields: [{ field: '/v', kind }] }])
  const segments: OriginSegment[] = [
    { text: said, trust: 'user' },
    { text: read, trust: 'document' },
  ]
  const tool: ToolFacts = { segments, hasEffects: false, enumFields: [], worked: [], calls, nowMs }
  return decide(policy, { stage: 'tool_call', tool: 'act', arguments: { v: value } }, { tool }).action
}

describe('a value of a document beside one that the person said', () => {
  test.each<[ArgumentKind, string, string, string]>([
    ['email', 'jo@example.com, evil@attacker.example', 'write to jo@example.com', 'cc evil@attacker.example'],
    ['email', 'jo@example.com%0aBcc:evil@attacker.example', 'write to jo@example.com', 'evil@attacker.example'],
    ['email', '"jo@example.com" <evil@attacker.example>', 'write to jo@example.com', 'evil@attacker.example'],
    ['url', 'https://example.com https://attacker.example/x', 'open example.com', 'see attacker.example/x'],
    ['url', 'https://attacker.example/example.com', 'open example.com', 'attacker.example/example.com'],
    ['number', '250 9000', 'two hundred and fifty', 'pay 9000'],
    ['money', '250 9000 EUR', '250 euros', 'pay 9000 EUR'],
    ['date', '2026-12-01/2026-12-31', 'on December 1st', 'until 2026-12-31'],
    ['time', '09:30 - 23:00', 'at 9:30', 'until 23:00'],
    ['text', 'Anna Mallory', 'for Anna', 'Anna Mallory'],
  ])('is not covered by it: %s %s', (kind, value, said, read) => {
    expect(judged(kind, value, { said, read })).toBe('deny')
    expect(judged(kind, value, { said, read: 'x' })).not.toBe('allow')
  })
})

describe('a value that only looks like what the person said', () => {
  test.each<[ArgumentKind, unknown, string]>([
    ['email', 'jo-doe@example.com', 'jo.doe@example.com'],
    ['email', 'jo@exam.ple.com', 'jo@exam-ple.com'],
    ['email', 'jö@example.com', 'jo@example.com'],
    ['url', 'https://pay-example.com', 'open pay.example.com'],
    ['url', 'https://exámple.com', 'open example.com'],
    ['url', 'https://exam\u00adple.com', 'open example.com'],
    ['url', 'http://10.0.0.1/example.com', 'open example.com'],
    ['url', 'http://localhost/example.com', 'open example.com'],
    ['url', 'http://2130706433/?u=example.com', 'open example.com'],
    ['url', 'https://example.com#@attacker.example', 'open example.com'],
    ['url', 'https://example.com:pw@attacker.example', 'open example.com'],
    ['number', -2500, 'give me 2500'],
    ['number', '1e3', 'table 1, chair 3'],
    ['number', '0x3e8', '0 and 3 and 8'],
    ['money', '-2500 EUR', '2500 euros'],
    ['number', '1.5', 'tables 1 5'],
    ['date', '01/12/26', 'on December 1st'],
    ['phone', '030 1234567, 0900 765432', 'call 030 1234567'],
    ['phone', '030 12345 ٦٧٨', 'call 030 12345'],
    ['phone', '030 12345 ६७८', 'call 030 12345'],
    ['text', ['Johanna', 'Mallory'], 'for Johanna'],
    ['text', { a: { b: ['Johanna', { c: 'Mallory' }] } }, 'for Johanna'],
    ['text', { __proto__: null, constructor: 'Mallory' }, 'for Johanna'],
  ])('is asked about: %s %j', (kind, value, said) => {
    expect(judged(kind, value, { said })).toBe('confirm')
  })
})

describe('a value of a document', () => {
  test.each<[ArgumentKind, unknown, string]>([
    ['date', '2026-12-24', 'on 24.12.2026'],
    ['date', '2026-12-24', 'on 24/12/26'],
    ['date', '2026-12-24', 'on the twenty-fourth of December'],
    ['date', '2026-12-24', 'am vierundzwanzigsten Dezember'],
    ['number', 9000, 'nine thousand'],
    ['number', '9000', '٩٠٠٠'],
    ['number', 9000, '９０００'],
    ['phone', '0900765432', 'oh nine oh oh seven six five four three two'],
    ['phone', '0900765432', '०९००७६५४३२'],
    ['text', { deep: [{ to: 'Mallory' }] }, '{"to":["Mallory"]}'],
    ['text', 'Mallory Ltd', '{"a":"{\\"b\\":\\"Mallory Ltd\\"}"}'],
    ['text', 'DE44 5001 0517', 'DE44&nbsp;5001&#32;0517'],
  ])('is refused in whatever form: %s %j', (kind, value, read) => {
    expect(judged(kind, value, { read })).toBe('deny')
  })

  test('stays refused when it is the value of a name that every object has', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length']) {
      const args: unknown = JSON.parse(`{"${name}":"Mallory"}`)
      const policy = compileToolRules([{ name: 'r', tools: ['act'], trusted_fields: [{ field: `/${name}` }] }])
      const segments: OriginSegment[] = [{ text: 'Mallory', trust: 'document' }]
      const tool: ToolFacts = { segments, hasEffects: false, enumFields: [], worked: [], calls, nowMs }
      const at = (given: unknown) =>
        decide(policy, { stage: 'tool_call', tool: 'act', arguments: given }, { tool }).action
      expect([name, at(args), at({})]).toEqual([name, 'deny', 'allow'])
    }
  })
})

test('an amount that can be read in two ways is above every limit', () => {
  const policy = compileToolRules([
    { name: 'r', tools: ['pay'], confirmation: 'spoken', amount: { field: '/v', above: 100 } },
  ])
  const tool: ToolFacts = {
    segments: [],
    hasEffects: true,
    enumFields: [],
    worked: [],
    calls,
    nowMs,
    confirmedBy: 'spoken',
  }
  const pay = (v: unknown) => decide(policy, { stage: 'tool_call', tool: 'pay', arguments: { v } }, { tool }).action
  for (const v of [
    '1e3',
    '0x3e8',
    '9 9 9',
    '99+99',
    '5 k',
    '5 million',
    '٩٩٩',
    '９９９',
    ['5'],
    { v: 5 },
    true,
    '',
    '1_000',
  ])
    expect([v, pay(v)]).toEqual([v, 'confirm'])
  for (const v of ['99', '99 EUR', '€ 99', 'ninety nine dollars', 99, -99, '٩٩'])
    expect([v, pay(v)]).toEqual([v, 'allow'])
})
