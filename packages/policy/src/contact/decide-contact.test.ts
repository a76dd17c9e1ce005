import { policyDocumentSchema } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { compilePolicy } from '../compile/compile-policy.ts'
import { decide } from '../decide/decide.ts'
import { dateOf } from '../time/local-time.ts'
import type { ZoneTransitions } from '../time/zone-transitions.ts'
import type { ContactFacts } from './contact-facts.ts'
import { easterDay, frenchHolidays } from './french-holidays.ts'
import { mayContact } from './may-contact.ts'
import { presets } from './presets.ts'

type Document = z.input<typeof policyDocumentSchema>

const hourMs = 3_600_000
const zone = (name: string, offsetMinutes: number): ZoneTransitions => ({
  name,
  transitions: [{ fromMs: 0, offsetMinutes }],
})
const zones = [zone('UTC', 0), zone('Europe/Paris', 60), zone('America/New_York', -300), zone('Pacific/Honolulu', -600)]
const at = (text: string) => Date.parse(text)
const noon = at('2026-12-01T12:00:00Z')

const base: ContactFacts = {
  direction: 'outbound',
  channel: 'voice',
  class: 'ordinary',
  atMs: noon,
  zones,
  personZones: ['UTC'],
  doNotContact: false,
  consent: 'none',
  past: {},
  isUrgent: false,
}

function ask(document: Document, facts: Partial<ContactFacts> = {}) {
  const layers = [{ layer: 'agent' as const, document: policyDocumentSchema.parse(document) }]
  const identity = { id: 'test', version: 1, sha256: '0'.repeat(64) }
  const compiled = compilePolicy({ layers, identity })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics))
  const decision = decide(compiled.policy, { stage: 'contact' }, { contact: { ...base, ...facts } })
  expect(mayContact({ layers, identity, facts: { ...base, ...facts } })).toEqual(decision)
  const untils = decision.obligations.flatMap((one) => (one.kind === 'defer' ? [one.untilMs] : []))
  return {
    action: decision.action,
    until: untils[0] === undefined ? null : new Date(untils[0]).toISOString(),
    rules: decision.matches.map(({ ruleId }) => ruleId),
    error: decision.error,
    lines: decision.obligations.flatMap((one) => (one.kind === 'line' ? [one.text] : [])),
  }
}

const window = (preset: keyof typeof presets, change: object = {}): Document => ({
  sleep_windows: [{ name: 'w', preset, ...change }],
})

describe('presets', () => {
  it.each([
    ['us-federal', '2026-12-01T07:59:59.999Z', '2026-12-01T08:00:00.000Z'],
    ['us-federal', '2026-12-01T21:00:00Z', '2026-12-02T08:00:00.000Z'],
    ['us-florida', '2026-12-01T20:00:00Z', '2026-12-02T08:00:00.000Z'],
    ['us-debt', '2026-12-01T21:00:00Z', '2026-12-02T08:00:00.000Z'],
    ['ca', '2026-12-04T21:30:00Z', '2026-12-05T10:00:00.000Z'],
    ['ca', '2026-12-06T18:00:00Z', '2026-12-07T09:00:00.000Z'],
    ['fr', '2026-12-01T13:00:00Z', '2026-12-01T14:00:00.000Z'],
    ['fr', '2026-12-04T20:00:00Z', '2026-12-07T10:00:00.000Z'],
    ['fr', '2026-12-24T20:00:00Z', '2026-12-28T10:00:00.000Z'],
    ['fr', '2027-05-05T20:00:00Z', '2027-05-07T10:00:00.000Z'],
    ['uk', '2026-12-01T08:59:00Z', '2026-12-01T09:00:00.000Z'],
  ] as const)('%s is shut at %s and opens at %s', (preset, asked, until) => {
    expect(ask(window(preset), { atMs: at(asked) })).toMatchObject({ action: 'defer', until })
    expect(ask(window(preset), { atMs: at(until) })).toMatchObject({ action: 'allow' })
    expect(ask(window(preset), { atMs: at(until) - 1 })).toMatchObject({ action: 'defer', until })
  })

  it('say whom to ask, and when they were compared with what others write of it', () => {
    for (const preset of Object.values(presets)) {
      expect(preset.source.length).toBeGreaterThan(5)
      expect(preset.url).toMatch(/^https?:/)
      expect(preset.compared).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    }
  })

  it('know the days of France that move with Easter', () => {
    expect([2024, 2025, 2026, 2027, 2038].map((year) => dateOf(easterDay(year)))).toEqual([
      '2024-03-31',
      '2025-04-20',
      '2026-04-05',
      '2027-03-28',
      '2038-04-25',
    ])
    expect(frenchHolidays).toEqual(expect.arrayContaining(['2026-04-06', '2026-05-14', '2026-05-25', '07-14']))
  })

  it('can be tightened by hours of the rule, and loosened only with a reason', () => {
    const late = { hours: [{ days: ['tue'], from: '10:00', to: '22:00' }] }
    expect(ask(window('us-federal', late), { atMs: at('2026-12-01T09:00:00Z') }).until).toBe('2026-12-01T10:00:00.000Z')
    expect(ask(window('us-federal', late), { atMs: at('2026-12-01T21:30:00Z') }).action).toBe('defer')
    const loosen = { reason: 'they asked for the evening in writing', name: 'Ada' }
    expect(ask(window('us-federal', { ...late, loosen }), { atMs: at('2026-12-01T21:30:00Z') }).action).toBe('allow')
    expect(() => ask(window('us-federal', { loosen }))).toThrow('hours that take its place')
  })
})

describe('windows', () => {
  it('have to be open in every zone in which the person may be', () => {
    const facts = { personZones: ['America/New_York', 'Pacific/Honolulu'], atMs: at('2026-12-01T14:00:00Z') }
    expect(ask(window('us-federal'), facts)).toMatchObject({ action: 'defer', until: '2026-12-01T18:00:00.000Z' })
  })

  it('of a person of whom nobody knows where it is put off without an instant; those of a fixed zone do not need it', () => {
    expect(ask(window('us-federal'), { personZones: [] })).toMatchObject({
      action: 'defer',
      until: null,
      rules: ['agent/window.w', 'builtin/unknown_time_zone'],
    })
    expect(ask(window('us-federal', { time_zone: 'Europe/Paris' }), { personZones: [] }).action).toBe('allow')
  })

  it('whose facts are missing put off and say that something failed', () => {
    expect(ask(window('uk'), { zones: [] })).toMatchObject({ action: 'defer', until: null, error: 'RangeError' })
    const hours = [{ days: ['mon' as const], from: '09:00', to: '10:00' }]
    const shut = { name: 'shut', hours, outbound: 'deny' as const, inbound: 'refuse' as const, inbound_line: 'Shut.' }
    const unjudged = { name: 'far', hours, time_zone: 'Mars/Base' }
    for (const direction of ['outbound', 'inbound'] as const) {
      const both = ask({ sleep_windows: [unjudged, { ...shut, time_zone: 'UTC' }] }, { direction })
      expect(both).toMatchObject({ action: 'deny', until: null, error: 'RangeError', rules: ['agent/window.shut'] })
      expect(ask({ sleep_windows: [unjudged] }, { direction })).toMatchObject({ action: 'defer', error: 'RangeError' })
    }
  })

  it('that deny say from when on they would allow', () => {
    const night = at('2026-12-01T23:00:00Z')
    expect(ask(window('uk', { outbound: 'deny' }), { atMs: night })).toMatchObject({
      action: 'deny',
      until: '2026-12-02T09:00:00.000Z',
    })
  })

  it('hold for ordinary contact; emergency and transactional ones are held when they are named', () => {
    const night = { atMs: at('2026-12-01T23:00:00Z') }
    expect(ask(window('uk'), { ...night, class: 'emergency' }).action).toBe('allow')
    expect(ask(window('uk'), { ...night, class: 'transactional' }).action).toBe('allow')
    const named = window('uk', { classes: ['ordinary', 'emergency'] })
    expect(ask(named, { ...night, class: 'emergency' }).action).toBe('defer')
    expect(ask(window('uk', { channels: ['voice'] }), { ...night, channel: 'text' }).action).toBe('allow')
  })

  it('let in who comes by itself as they say', () => {
    const night = { direction: 'inbound', atMs: at('2026-12-01T23:00:00Z') } as const
    expect(ask(window('uk'), night)).toMatchObject({ action: 'allow', lines: [] })
    const say = { inbound: 'say', inbound_line: 'It is late.' }
    expect(ask(window('uk', say), night)).toMatchObject({ action: 'allow', lines: ['It is late.'] })
    expect(ask(window('uk', say), { ...night, atMs: noon }).lines).toEqual([])
    const urgent = window('uk', { inbound: 'urgent_only' })
    expect(ask(urgent, night)).toMatchObject({ action: 'deny', until: '2026-12-02T09:00:00.000Z' })
    expect(ask(urgent, { ...night, isUrgent: true }).action).toBe('allow')
    const refuse = window('uk', { inbound: 'refuse', inbound_line: 'Tomorrow.' })
    expect(ask(refuse, { ...night, isUrgent: true })).toMatchObject({ action: 'deny', lines: ['Tomorrow.'] })
    expect(ask(refuse, { ...night, doNotContact: true, atMs: noon }).action).toBe('allow')
  })
})

describe('caps', () => {
  const made = (...hoursAgo: readonly number[]) => ({
    attempts: hoursAgo.map((hours) => ({
      atMs: noon - hours * hourMs,
      channel: 'voice' as const,
      class: 'ordinary' as const,
    })),
  })
  const cap = (change: object): Document => ({ contact_caps: [{ name: 'c', ...change }] })

  it('count a rolling window, to the millisecond', () => {
    const thrice = cap({ attempts: 3, window_hours: 24 })
    expect(ask(thrice, { past: { user: made(30, 20, 10) } }).action).toBe('allow')
    expect(ask(thrice, { past: { user: made(20, 10, 5) } })).toMatchObject({
      action: 'defer',
      until: '2026-12-01T16:00:00.000Z',
    })
    expect(ask(thrice, { past: { user: made(24, 10, 5) } }).action).toBe('allow')
    expect(ask(thrice, { past: { number: made(3, 2, 1) } }).action).toBe('allow')
    expect(ask(cap({ attempts: 0, window_hours: 1 }))).toMatchObject({ action: 'deny', until: null })
  })

  it('and windows hold together: the next instant is one that both allow', () => {
    const both = { ...window('uk'), ...cap({ attempts: 1, window_hours: 10 }) }
    expect(ask(both, { past: { user: made(0) } }).until).toBe('2026-12-02T09:00:00.000Z')
  })

  it('of a preset hold beside those of the rule', () => {
    const debt = cap({ preset: 'us-debt', per: 'subject' })
    expect(ask(debt, { past: { subject: made(6, 5, 4, 3, 2, 1) } }).action).toBe('allow')
    expect(ask(debt, { past: { subject: made(160, 5, 4, 3, 2, 1, 0) } }).until).toBe('2026-12-01T20:00:00.000Z')
    expect(ask(debt, { past: { subject: { ...made(1), lastTalkMs: noon - hourMs } } }).until).toBe(
      '2026-12-08T11:00:00.000Z',
    )
    const tighter = cap({ preset: 'us-debt', per: 'subject', attempts: 1, window_hours: 24 })
    expect(ask(tighter, { past: { subject: made(1) } }).action).toBe('defer')
    const french = cap({ preset: 'fr' })
    expect(ask(french, { past: { user: { attempts: [], lastRefusalMs: noon - hourMs } } }).until).toBe(
      '2027-01-30T11:00:00.000Z',
    )
    expect(ask(french, { past: { user: made(700, 600, 500, 400) } }).until).toBe('2026-12-02T08:00:00.000Z')
  })

  it('are not asked where the person wants no contact: nothing goes before that', () => {
    expect(ask({}, { doNotContact: true, class: 'emergency' })).toMatchObject({
      action: 'deny',
      until: null,
      rules: ['builtin/do_not_contact'],
    })
    expect(ask({}, { consent: 'withdrawn' }).rules).toEqual(['builtin/consent_withdrawn'])
    const consent = cap({ requires_consent: true })
    expect(ask(consent)).toMatchObject({ action: 'deny', rules: ['agent/cap.c'] })
    expect(ask(consent, { consent: 'given' }).action).toBe('allow')
  })
})
