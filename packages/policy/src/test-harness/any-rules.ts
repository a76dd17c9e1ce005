/** Rules of every section of the document, few words each, so that several often speak of the same event. */
import { type PolicyDocument, policyDocumentSchema } from '@hyponema/contract'
import fc from 'fast-check'
import type { z } from 'zod'

type Written = z.input<typeof policyDocumentSchema>

const days = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const, from: '09:00', to: '20:00' }]
const wholeWeek = days.map((hours) => ({ ...hours, days: [...hours.days] }))

const pools = {
  no_go_zones: [
    { name: 'dose', phrases: ['dose'], stages: ['input', 'output', 'tool_call'], action: 'redirect', line: 'Zzz.' },
    { name: 'harm', phrases: ['dose', 'bomb'], stages: ['input', 'output'], action: 'escalate', line: 'Qqq.' },
    { name: 'code', regexes: ['code \\d+'], action: 'block', line: 'Xxx.', scope: 'sentence' },
    { name: 'end', phrases: ['two bombs'], action: 'end', line: 'Bye.', strikes: undefined, priority: 3 },
    {
      name: 'often',
      phrases: ['code'],
      action: 'redirect',
      line: 'Vvv.',
      strikes: { hits: 2, turns: 3, action: 'end' },
    },
  ],
  escalation_rules: [
    { name: 'wish', triggers: { explicit_wish: true, phrases: ['bomb'] }, say: 'One moment.' },
    { name: 'silence', triggers: { silence_seconds: 20, failed_tools: 2 }, queue: 'quiet', max_per_session: 1 },
    { name: 'crisis', triggers: { crisis: true, guard_hits: { hits: 2, turns: 3 } }, priority: 9, cool_off_seconds: 0 },
  ],
  sleep_windows: [
    { name: 'day', hours: wholeWeek, inbound: 'say', inbound_line: 'It is late.' },
    { name: 'strict', hours: wholeWeek, outbound: 'deny', inbound: 'refuse', inbound_line: 'We are closed.' },
    { name: 'federal', preset: 'us-federal', inbound: 'urgent_only' },
    {
      name: 'fixed',
      hours: wholeWeek,
      time_zone: 'Europe/Berlin',
      running: { wind_down_after_minutes: 5, line: 'It is late.' },
    },
  ],
  contact_caps: [
    { name: 'two', attempts: 2, window_hours: 24 },
    { name: 'none', attempts: 0, window_hours: 1, classes: ['ordinary', 'transactional'] },
    { name: 'consent', requires_consent: true, per: 'number' },
    { name: 'talk', after_talk_hours: 168, per: 'subject' },
    { name: 'refusal', after_refusal_hours: 24 },
  ],
  topic_cooldowns: [
    { name: 'mother', phrases: ['mother'], starts: { negative_wording: true }, line: 'Zzz.' },
    { name: 'always', phrases: ['mother', 'money'], starts: { always: true }, line: 'Qqq.' },
  ],
  tool_rules: [
    { name: 'never', tools: ['pay'], allow: false },
    { name: 'spoken', tools: ['*'], confirmation: 'spoken' },
    { name: 'amount', tools: ['pay', 'book'], amount: { field: '/amount', above: 10 } },
    { name: 'trusted', tools: ['book'], trusted_fields: [{ field: '/day', kind: 'text' }] },
    { name: 'budget', tools: ['book'], budgets: { per_session: 1 }, after: ['verify'] },
    { name: 'bounds', tools: ['book'], constraints: [{ field: '/amount', max: 100 }] },
  ],
} as const satisfies { readonly [Section in keyof Written]: unknown }

const alone = {
  fatigue: [
    {
      thresholds: [
        { score: 0.3, response: 'soften' },
        { score: 0.6, response: 'end', line: 'Good night.' },
      ],
    },
    {
      thresholds: [{ score: 0.2, response: 'suggest_break', line: 'A break?' }],
      weights: { night_hour: 1 },
      reminders: [{ name: 'pause', every_minutes: 30, line: 'A pause?' }],
      minors: true,
    },
  ],
  pii: [
    { kinds: { email: { to_model: 'mask', to_speech: 'drop' } } },
    { kinds: { email: { to_model: 'drop' }, card: { to_model: 'mask', to_speech: 'mask' } } },
    { kinds: { email: { to_model: 'mask' }, phone: { to_model: 'drop' } }, floor: true },
  ],
  disclosure: [{ line: 'I am an AI.' }, { line: 'I am a machine.', opening: 'This is an AI.' }],
} as const

/** A document as written: lists in some order, and what stands alone. */
export interface WrittenRules {
  readonly lists: Readonly<Record<string, readonly unknown[]>>
  readonly alone: Readonly<Record<string, unknown>>
}

export const anyRules: fc.Arbitrary<WrittenRules> = fc.record({
  lists: fc.record(
    Object.fromEntries(
      Object.entries(pools).map(([section, rules]) => [
        section,
        fc.shuffledSubarray<unknown>([...rules], { maxLength: Math.min(3, rules.length) }),
      ]),
    ),
  ),
  alone: fc.record(
    Object.fromEntries(Object.entries(alone).map(([section, rules]) => [section, fc.constantFrom<unknown>(...rules)])),
    { requiredKeys: [] },
  ),
})

export function documentOf({ lists, alone: single }: WrittenRules): PolicyDocument {
  return policyDocumentSchema.parse({ ...lists, ...single })
}

/** The same rules, each list turned round. */
export function turnedRound({ lists, alone: single }: WrittenRules): WrittenRules {
  const turned = Object.entries(lists).map(([section, rules]) => [section, rules.toReversed()] as const)
  return { lists: Object.fromEntries(turned), alone: single }
}

/** Some of the rules: of each list the first ones, and of what stands alone as much as the bits say. */
export function someRules({ lists, alone: single }: WrittenRules, kept: number): WrittenRules {
  const fewer = Object.entries(lists).map(
    ([section, rules], place) => [section, rules.slice(0, (kept >> place) % 4)] as const,
  )
  const left = Object.entries(single).filter((_, place) => ((kept >> (8 + place)) & 1) === 1)
  return { lists: Object.fromEntries(fewer), alone: Object.fromEntries(left) }
}
