import { describe, expect, it } from 'vitest'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { compileZones, testIdentity } from '../test-harness/compile-zones.ts'
import { linearLimit, timeGrowth } from '../test-harness/time-growth.ts'
import { decide } from './decide.ts'

const zone = {
  name: 'secret',
  phrases: ['secret code'],
  regexes: ['\\bpin \\d+'],
  action: 'block' as const,
  line: 'Zzz.',
}
const policy = compileZones([
  { ...zone, stages: ['input', 'tool_call'] },
  { ...zone, name: 'output-only', action: 'end' },
])

describe('decide', () => {
  it('watches only the stages that a zone names, and output always', () => {
    const at = (stage: 'input' | 'output') => decide(policy, { stage, text: 'The s3cret c0de.' })
    expect(at('input')).toMatchObject({
      action: 'replace',
      matches: [{ ruleId: 'agent/secret', view: 'leet', folded: 's3cret c0de' }],
    })
    expect(at('output')).toMatchObject({
      action: 'end',
      matches: [{ ruleId: 'agent/output-only' }, { ruleId: 'agent/secret' }],
    })
  })

  it('finds regexes in whole texts, sentence by sentence', () => {
    const { matches } = decide(policy, { stage: 'input', text: 'Well. My PIN 123 is. And pin 4' })
    expect(matches.map(({ span, view }) => [span.start, span.end, view])).toEqual([
      [9, 16, 'source'],
      [25, 30, 'source'],
    ])
  })

  it('takes time that grows with a text that matches hundreds of times, and no more than that', () => {
    const zones = compileZones([{ ...zone, stages: ['input', 'tool_call'] }])
    const said = decide(zones, { stage: 'input', text: 's e c r e t code '.repeat(500) })
    const args = Array.from({ length: 500 }, (_, index) => `secret code ${index}`)
    const called = decide(zones, { stage: 'tool_call', tool: 'x', arguments: { args } })
    expect([said.action, said.matches.length, called.action, called.matches.length]).toEqual([
      'replace',
      500,
      'deny',
      500,
    ])
    const heard = (text: string): unknown => decide(zones, { stage: 'input', text })
    const asked = (text: string): unknown => {
      const list = text.split(';')
      return decide(zones, { stage: 'tool_call', tool: 'x', arguments: { args: list } })
    }
    expect(timeGrowth({ run: heard, unit: 's e c r e t code ', characters: 3000 })).toBeLessThan(linearLimit)
    expect(timeGrowth({ run: asked, unit: 'secret code 12;', characters: 3000 })).toBeLessThan(linearLimit)
  })

  it('reads every string of tool arguments, names and numbers too, and says where', () => {
    const args = { a: [{ 'the/secret code': 1 }], note: 'fine', list: ['x', 'secret  code'] }
    const decision = decide(policy, { stage: 'tool_call', tool: 'send', arguments: args })
    expect(decision.action).toBe('deny')
    expect(decision.matches.map(({ field }) => field)).toEqual(['/a/0/the~1secret code', '/list/1'])
  })

  it.each([
    { stage: 'retrieval', text: 'secret code' },
    { stage: 'tool_result', tool: 'send', text: 'secret code' },
    { stage: 'escalation' },
    { stage: 'tick' },
  ] as const)('allows at $stage, for which there are no rules yet', (event) => {
    expect(decide(policy, event)).toMatchObject({
      stage: event.stage,
      action: 'allow',
      matches: [],
      policy: testIdentity,
    })
  })

  it('puts a contact off of which it is told nothing', () => {
    expect(decide(policy, { stage: 'contact' })).toMatchObject({ action: 'defer', error: 'TypeError' })
  })

  it('counts earlier hits for strikes, and records the fact', () => {
    const striking = compileZones([{ ...zone, stages: ['input'], strikes: { hits: 3, turns: 5, action: 'end' } }])
    const event = { stage: 'input', text: 'secret code' } as const
    expect(decide(striking, event, { earlierHits: { 'agent/secret': 1 } }).action).toBe('replace')
    expect(decide(striking, event, { earlierHits: { 'agent/secret': 2 } })).toMatchObject({
      action: 'end',
      facts: { 'hits:agent/secret': 3 },
    })
  })

  it.each([
    [{ stage: 'input', text: 'a' }, 'annotate'],
    [{ stage: 'output', text: 'a' }, 'replace'],
    [{ stage: 'tool_call', tool: 'x', arguments: 'a' }, 'deny'],
  ] as const)('takes the safe default when something throws: %j', (event, action) => {
    const broken: CompiledPolicy = {
      ...policy,
      phrases: {
        ...policy.phrases,
        step: () => {
          throw new Error('secret')
        },
      },
    }
    const decision = decide(broken, event)
    expect(decision).toMatchObject({ action, matches: [] })
    expect(JSON.stringify(decision)).not.toContain('secret')
  })

  it('calls a person in a crisis although a zone or a section of the input fails', () => {
    const broken: CompiledPolicy = {
      ...policy,
      zones: [],
      get disclosureLine(): string {
        throw new Error('broken')
      },
    }
    expect(decide(broken, { stage: 'input', text: 'secret code, I want to kill myself' })).toMatchObject({
      action: 'escalate',
      error: expect.any(String),
      matches: [{ ruleId: 'builtin/crisis' }],
      obligations: expect.arrayContaining([{ kind: 'strictest_output' }]),
    })
  })

  it('refuses arguments that are nested without end', () => {
    let nested: unknown = 'fine'
    for (let depth = 0; depth < 50; depth += 1) nested = [nested]
    expect(decide(policy, { stage: 'tool_call', tool: 'x', arguments: nested }).action).toBe('deny')
  })

  it('gives the same bytes for the same input', () => {
    const event = { stage: 'output', text: 'The s.e.cret code and pin 4 and secret code' } as const
    expect(JSON.stringify(decide(policy, event))).toBe(JSON.stringify(decide(policy, event)))
  })
})
