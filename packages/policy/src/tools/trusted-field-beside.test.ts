/** What a value has beside what the person said of it, and what only looks like it when signs are left out. */
import type { ArgumentKind } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { decide } from '../decide/decide.ts'
import { compileToolRules } from '../test-harness/compile-tool-rules.ts'
import type { OriginSegment, ToolFacts } from './tool-facts.ts'

/** A Monday in UTC. */
const nowMs = Date.UTC(2026, 10, 30, 12)
const calls = { turn: 0, session: 0, day: 0 }

/** What is decided of a call with this value when the person said one thing and a document has the value itself. */
function judged(kind: ArgumentKind, value: unknown, said: string) {
  const policy = compileToolRules([{ name: 'r', tools: ['act'], trusted_fields: [{ field: '/v', kind }] }])
  const segments: OriginSegment[] = [
    { text: said, trust: 'user' },
    { text: JSON.stringify(value), trust: 'document' },
  ]
  const tool: ToolFacts = { segments, hasEffects: false, enumFields: [], worked: [], calls, nowMs }
  return decide(policy, { stage: 'tool_call', tool: 'act', arguments: { v: value } }, { tool })
}

describe('a value is not what the person said', () => {
  test.each<[ArgumentKind, unknown, string]>([
    // A decimal separator is none of thousands.
    ['number', 9950, 'pay 99.50'],
    ['number', 9950, 'zahle 99,50'],
    ['number', 12005, '1.200,5 Euro'],
    ['money', '9950 EUR', 'pay 99.50 euros'],
    ['number', 5000, 'a half is 0.5000'],
    // Each currency belongs to its own number.
    ['money', '9000 EUR', 'transfer 100 euros to account 9000'],
    ['money', '9000 EUR', '€100 for room 9000'],
    ['money', '9000 BTC', 'pay 9000 euros'],
    ['money', '9000 ₿', 'pay 9000 euros'],
    ['money', '9000 million', 'pay 9000 euros'],
    ['money', '9000k', 'pay 9000 euros'],
    // Signs that change a number.
    ['money', '2500-', 'pay 2500'],
    ['money', '−2500', 'pay 2500'],
    ['money', '(2500)', 'pay 2500'],
    ['number', '9000%', 'pay 9000'],
    ['number', '9000n', 'pay 9000'],
    ['number', '9000_', 'pay 9000'],
    // A short number does not get longer by zeros.
    ['number', '0009', 'at 9'],
    ['number', '9.000', 'at 9 with 9.000'],
    ['number', 1234500, 'account 1234 500 euros'],
    // Beside a day and a time.
    ['date', '2026-12-01T23:00', 'on December 1st'],
    ['date', '2026-12-01 9000', 'on December 1st'],
    ['date', '2026-12-01 Mallory', 'on December 1st'],
    ['time', '09:30 Mallory', 'at 9:30'],
    ['date_time', '2026-12-01T09:30/2026-12-31T23:00', 'on December 1st at 9:30'],
    ['date_time', '2026-12-01 09:30 to 2027-01-01 10:00', 'on December 1st at 9:30'],
    ['date_time', '2026-12-01T09:30 PST', 'on December 1st at 9:30'],
    ['date_time', '2026-12-01T09:30[America/New_York]', 'on December 1st at 9:30'],
    ['date_time', '2026-12-01T09:30:59', 'on December 1st at 9:30'],
    // Signs that are orders.
    ['text', '../../admin', 'my name is admin'],
    ['text', 'notes/*', 'my notes'],
    ['text', 'Johanna\u0000', 'Johanna'],
    ['text', '$(Johanna)', 'Johanna'],
    ['text', '-- Johanna; #', 'Johanna'],
    ['phone', '030 1234567 CALL', 'call 030 1234567'],
    ['phone', '*21*0301234567#', 'call 030 1234567'],
    ['url', 'javascript://example.com', 'open example.com'],
    ['url', 'ftp://example.com', 'open example.com'],
    // Names of members are values.
    ['text', { 'Mallory Ltd': 'Johanna' }, 'Johanna'],
    ['text', [{ a: { 'Mallory Ltd': 'Johanna' } }], 'Johanna'],
  ])('%s %j', (kind, value, said) => {
    expect(judged(kind, value, said).action).not.toBe('allow')
  })
})

describe('a value is what the person said', () => {
  test.each<[ArgumentKind, unknown, string]>([
    ['number', '99.50', 'pay 99.50'],
    ['number', 99.5, 'zahle 99,50'],
    ['number', 1200.5, '1.200,50'],
    ['number', 1234567, "it is 1'234'567"],
    ['number', 1200, '1,200 pieces'],
    ['money', '€ 9000', 'pay 9000 euros'],
    ['money', '9000.00 EUR', 'pay nine thousand euros'],
    ['money', 'EUR 100.00', '€100 for room 9000'],
    ['date_time', '2026-12-01T09:30:00Z', 'on December 1st at 9:30'],
    ['date_time', '2026-12-01 09:30', 'on December 1st at half past nine'],
    ['date', 'December 1st', 'on December 1st'],
    ['time', '09:30:00', 'at half past nine in the morning'],
    ['text', 'O’Neil-Smith, Anna', "o'neil smith anna"],
    ['text', 'rock & roll', 'I love rock & roll'],
    ['phone', '+49 (30) 1234567', 'call 0049 30 1234567'],
    ['phone', '030 1234567', 'call +49 30 1234567'],
    ['url', 'https://example.com', 'open example.com'],
    ['text', [['Johanna']], 'Johanna'],
  ])('%s %j', (kind, value, said) => {
    expect(judged(kind, value, said).action).toBe('allow')
  })
})

test('more values than anybody says for one call are refused unread', () => {
  expect(
    judged(
      'text',
      Array.from({ length: 65 }, () => 'Johanna'),
      'Johanna',
    ).action,
  ).toBe('deny')
  expect(
    judged(
      'text',
      Array.from({ length: 64 }, () => 'Johanna'),
      'Johanna',
    ).action,
  ).toBe('allow')
})

describe('what is asked about', () => {
  const policy = compileToolRules([
    { name: 'r', tools: ['act'], confirmation: 'spoken', trusted_fields: [{ field: '/v', kind: 'text' }] },
  ])
  const ask = (value: unknown) => {
    const tool: ToolFacts = { segments: [], hasEffects: true, enumFields: [], worked: [], calls, nowMs }
    return decide(policy, { stage: 'tool_call', tool: 'act', arguments: { v: value } }, { tool })
  }

  test('is read out whole, or refused: nobody agrees to the end of a value that was not said', () => {
    expect(ask('a'.repeat(200)).action).toBe('confirm')
    expect(ask(`${'a'.repeat(200)} and Mallory`).action).toBe('deny')
    expect(ask(Array.from({ length: 16 }, () => 'Anna')).action).toBe('confirm')
    expect(ask([...Array.from({ length: 16 }, () => 'Anna'), 'Mallory']).action).toBe('deny')
  })
})
