/** Floors always win: what a lower layer writes can neither keep one off nor take its words. */
import { policyDocumentSchema, policyLimits } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { createOutputGate } from '../gate/output-gate.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import { type CompileResult, compilePolicy, type PolicyLayer } from './compile-policy.ts'
import { compileUnderFloors } from './compile-under-floors.ts'
import type { CompiledPolicy } from './compiled-policy.ts'
import type { LayerName } from './layer-names.ts'

const zone = { name: 'dosage', phrases: ['dose'], action: 'redirect', line: 'Please ask a doctor.' }
const layer = (name: LayerName, document: object): PolicyLayer => ({
  layer: name,
  document: policyDocumentSchema.parse(document),
})
const floors = (document: { readonly no_go_zones?: readonly object[] }): PolicyLayer =>
  layer('installation', {
    ...document,
    no_go_zones: (document.no_go_zones ?? []).map((one) => ({ ...one, floor: true })),
  })
const ruled = (...layers: readonly PolicyLayer[]): CompileResult =>
  compileUnderFloors({ layers, identity: testIdentity })
function held(...layers: readonly PolicyLayer[]): CompiledPolicy {
  expect(compilePolicy({ layers, identity: testIdentity }).ok).toBe(false)
  const result = ruled(...layers)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}
function said(policy: CompiledPolicy, text: string): string {
  const gate = createOutputGate(policy)
  return [...gate.push(text), ...gate.endUtterance()]
    .map((step) => (step.kind === 'release' ? step.text : (step.line ?? '')))
    .join('')
}
const replacedIn = (policy: CompiledPolicy) => policy.replacedLines.map(({ layer: of, pointer }) => `${of}${pointer}`)

describe('under floors', () => {
  it('a line of a lower layer that a floor forbids is replaced by one of ours, and both rules hold', () => {
    const own = layer('agent', { no_go_zones: [{ ...zone, line: 'Ask about the potion.' }] })
    const policy = held(floors({ no_go_zones: [{ ...zone, name: 'potions', phrases: ['potion'], line: 'No.' }] }), own)
    expect(said(policy, 'A dose.')).toBe('A Let us talk about something else.')
    expect(said(policy, 'A potion.')).toBe('A No.')
    expect(replacedIn(policy)).toEqual(['agent/no_go_zones/0/line'])
  })

  it('where ours is forbidden, too, nothing is said in its place', () => {
    const own = layer('agent', { no_go_zones: [{ ...zone, line: 'Ask about the potion.' }] })
    const forbid = { ...zone, name: 'potions', phrases: ['potion', 'something else'], line: 'No.' }
    expect(said(held(floors({ no_go_zones: [forbid] }), own), 'A dose.')).toBe('A .')
  })

  it('a lower zone that forbids what a floor says lets that sentence pass, and no other', () => {
    const own = layer('agent', { no_go_zones: [{ ...zone, name: 'ai', phrases: ['ai'], line: 'No.' }] })
    const opening = 'You are talking to an AI.'
    const policy = held(layer('installation', { disclosure: { opening, line: 'I am an AI, no person.' } }), own)
    expect([policy.openings, policy.disclosureLine]).toEqual([[opening], 'I am an AI, no person.'])
    expect(said(policy, opening)).toBe(opening)
    expect(said(policy, 'It is an AI.')).toBe('It is an No.')
    expect(policy.replacedLines).toEqual([])
  })

  it('a lower zone by regex or by topic lets it pass as well', () => {
    const opening = 'You are talking to an AI.'
    const floor = layer('installation', { disclosure: { opening, line: 'I am an AI.' } })
    const byRegex = layer('agent', {
      no_go_zones: [{ name: 'ai', regexes: ['\\ban ai\\b'], action: 'block', line: 'No.' }],
    })
    const byTopic = layer('agent', { topic_cooldowns: [{ name: 'ai', phrases: ['an ai'], line: 'No.' }] })
    for (const own of [byRegex, byTopic]) {
      const policy = held(floor, own)
      expect(said(policy, opening)).toBe(opening)
      expect(said(policy, 'So it is an AI')).toContain('No.')
    }
  })

  it.each([
    ['escalation', { escalation_rules: [{ name: 'wish', triggers: { explicit_wish: true }, say: 'A dose comes.' }] }],
    [
      'window',
      {
        sleep_windows: [
          {
            name: 'night',
            hours: [{ days: ['mon'], from: '09:00', to: '17:00' }],
            inbound: 'refuse',
            inbound_line: 'No dose now.',
            running: { wind_down_after_minutes: 1, line: 'No dose now.' },
          },
        ],
      },
    ],
    [
      'fatigue',
      {
        fatigue: {
          thresholds: [{ score: 0.5, response: 'suggest_break', line: 'A dose.' }],
          reminders: [{ name: 'r', every_minutes: 60, line: 'A dose.' }],
        },
      },
    ],
    ['topic', { topic_cooldowns: [{ name: 'family', phrases: ['family'], line: 'No dose.' }] }],
    ['disclosure', { disclosure: { line: 'A dose of AI.', opening: 'A dose of AI.' } }],
  ])('no line of a lower layer keeps a floor off: %s', (_, document) => {
    const policy = held(floors({ no_go_zones: [zone] }), layer('agent', document))
    expect(policy.replacedLines.length).toBeGreaterThan(0)
    expect(said(policy, 'A dose.')).toBe('A Please ask a doctor.')
    const all = floors({
      no_go_zones: [
        {
          ...zone,
          name: 'all',
          phrases: ['dose', 'an ai', 'something else', 'a break', 'finish soon', 'hours'],
          line: 'No.',
        },
      ],
    })
    expect(ruled(all, layer('agent', document)).ok).toBe(true)
  })

  it('a lower layer that has all that a policy may have leaves the floors their room', () => {
    const phrases = Array.from({ length: policyLimits.phrases }, (_, index) => `word ${index.toString(36)}x`)
    const sized = (from: number) => ({ ...zone, name: `z-${from}`, phrases: phrases.slice(from, from + 1000) })
    const full = layer('agent', { no_go_zones: [0, 1000, 2000, 3000, 4000].map(sized) })
    const floor = floors({ no_go_zones: [{ ...zone, regexes: ['\\bcure\\b'], examples: [] }] })
    const result = compilePolicy({ layers: [floor, full], identity: testIdentity })
    expect(result.ok && said(result.policy, 'A dose.')).toBe('A Please ask a doctor.')
    const regexes = Array.from({ length: policyLimits.regexes }, (_, index) => `\\bw${index}\\b`)
    const many = layer('agent', {
      no_go_zones: [
        { ...zone, name: 'r', regexes: regexes.slice(0, 100) },
        { ...zone, name: 's', regexes: regexes.slice(100) },
      ],
    })
    expect(compilePolicy({ layers: [floor, many], identity: testIdentity }).ok).toBe(true)
  })

  it('what is wrong in itself does not compile here either', () => {
    expect(ruled(layer('agent', { no_go_zones: [{ ...zone, regexes: ['['] }] })).ok).toBe(false)
    expect(ruled(layer('agent', {}), layer('agent', {})).ok).toBe(false)
  })
})
