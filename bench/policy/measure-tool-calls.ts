/** A call with a booking's arguments: judged by all zones, and by tool rules whose trusted fields are looked for in forty passages. */
import { policyDocumentSchema } from '@hyponema/contract'
import { type CompiledPolicy, compilePolicy, decide, type OriginSegment } from '@hyponema/policy'
import { sentences } from './bench-texts.ts'
import { quantile, rounded } from './statistics.ts'

const rules = policyDocumentSchema.parse({
  tool_rules: [
    {
      name: 'booking',
      tools: ['book_slot'],
      trusted_fields: [
        { field: '/day', kind: 'date' },
        { field: '/time', kind: 'time' },
        { field: '/phone', kind: 'phone' },
      ],
      constraints: [{ field: '/name', max_characters: 80 }],
      budgets: { per_session: 3 },
      amount: { field: '/deposit', above: 100 },
    },
    { name: 'payments', tools: ['pay'], confirmation: 'irreversible' },
    { name: 'all', tools: ['*'], budgets: { per_turn: 8 } },
  ],
})

export function timeToolCalls(zones: CompiledPolicy) {
  return { zones: timed(zones, []), rules: timed(rulesPolicy(), passages()) }
}

function rulesPolicy(): CompiledPolicy {
  const result = compilePolicy({
    layers: [{ layer: 'agent', document: rules }],
    identity: { id: 'bench', version: 1, sha256: '' },
  })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

function passages(): readonly OriginSegment[] {
  return Array.from({ length: 40 }, (_, round) => ({ text: sentences(8, round).join(' '), trust: 'document' as const }))
}

function timed(policy: CompiledPolicy, segments: readonly OriginSegment[]) {
  const facts = {
    hasEffects: true,
    enumFields: [],
    worked: [],
    calls: { turn: 0, session: 0, day: 0 },
    nowMs: Date.UTC(2026, 10, 30, 12),
    zone: { name: 'Europe/Berlin', transitions: [{ fromMs: 0, offsetMinutes: 60 }] },
  }
  const samples = Array.from({ length: 1000 }, (_, round) => {
    const [note = ''] = sentences(1, round)
    const event = {
      stage: 'tool_call',
      tool: 'book_slot',
      arguments: { day: '2026-12-01', time: '14:30', name: 'Ann Example', phone: '+49 30 1234567', deposit: 20, note },
    } as const
    const said = { text: `Tomorrow at half past two, ${round}, please; call 030 1234567`, trust: 'user' } as const
    const started = performance.now()
    decide(policy, event, { tool: { ...facts, segments: [...segments, said] } })
    return performance.now() - started
  }).slice(100)
  return { calls: samples.length, p50Ms: rounded(quantile(samples, 0.5)), p99Ms: rounded(quantile(samples, 0.99)) }
}
