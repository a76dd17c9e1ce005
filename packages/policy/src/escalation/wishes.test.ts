/** Who asks for a person, and who is in danger, in four languages; and that ordinary talk is neither (runtime-safety 2). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { policyDocumentSchema, policyLanguages } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../compile/compile-policy.ts'
import { decide } from '../decide/decide.ts'
import { testIdentity } from '../test-harness/compile-zones.ts'
import { crisisSamples } from '../test-harness/crisis-samples.ts'
import { vectorsFolder } from '../test-harness/vectors-folder.ts'
import { wishSamples } from '../test-harness/wish-samples.ts'

const vectors = vectorsFolder(process.env['VECTORS_DIR'])

function compiled(rules: readonly unknown[]) {
  const document = policyDocumentSchema.parse({ escalation_rules: rules })
  const result = compilePolicy({ layers: [{ layer: 'agent', document }], identity: testIdentity })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

const wishes = compiled([{ name: 'person', triggers: { explicit_wish: true }, queue: 'desk', priority: 6 }])
const nothing = compiled([])
const said = (text: string, policy = wishes) => decide(policy, { stage: 'input', text })

describe.each(policyLanguages)('in %s', (language) => {
  it.each(wishSamples[language].asks)('calls a person: %s', (text) => {
    expect(said(text)).toMatchObject({ action: 'escalate', facts: { 'reason:agent/escalation.person': 'wish' } })
  })

  it.each(wishSamples[language].doesNot)('calls nobody: %s', (text) => {
    expect(said(text).action).toBe('allow')
  })

  it.each(crisisSamples[language].crisis)('calls a person without any rule: %s', (text) => {
    const decision = said(text, nothing)
    expect(decision).toMatchObject({ action: 'escalate', floor: true })
    expect(decision.obligations).toContainEqual({
      kind: 'queue',
      ruleId: 'builtin/crisis',
      queue: 'crisis',
      priority: 9,
    })
  })

  it.each(crisisSamples[language].none)('is no crisis: %s', (text) => {
    expect(said(text, nothing).action).toBe('allow')
  })
})

describe('what the user says', () => {
  it('is answered in the language that it is said in', () => {
    const [line] = said('Ich will nicht mehr leben.', nothing).obligations
    expect(line).toMatchObject({ kind: 'line', ruleId: 'builtin/crisis', text: expect.stringContaining('Notruf') })
    expect(said('Je veux parler à un humain.').obligations).toContainEqual({
      kind: 'line',
      ruleId: 'agent/escalation.person',
      text: "J'appelle une personne pour vous. Un instant, s'il vous plaît.",
    })
  })

  it('calls a person by the phrases of a rule, disguised or not, and into its queue', () => {
    const policy = compiled([
      { name: 'lawyer', triggers: { phrases: ['my lawyer'] }, queue: 'legal', priority: 8, say: 'So.' },
    ])
    expect(said('I will call m.y l a w y e r', policy)).toMatchObject({
      action: 'escalate',
      facts: { 'reason:agent/escalation.lawyer': 'phrase' },
      obligations: [
        { kind: 'line', text: 'So.' },
        { kind: 'queue', queue: 'legal', priority: 8 },
      ],
    })
    expect(said('My laws are yours', policy).action).toBe('allow')
  })

  it('calls nobody a second time while one is open, soon after, or too often; and says why', () => {
    const facts = {
      nowMs: 0,
      zones: [],
      guardHitsTurnsAgo: [],
      negativeTurnsAgo: [],
      failedConfirmations: 0,
      failedTools: 0,
      misunderstandings: 0,
      silenceMs: 0,
      durationMs: 0,
      tokens: 0,
      open: [],
      fired: {},
      closedAgoMs: {},
    }
    const rule = 'agent/escalation.person'
    const ask = (more: Partial<typeof facts> | Record<string, unknown>) =>
      decide(wishes, { stage: 'input', text: 'I want to talk to a human' }, { escalation: { ...facts, ...more } })
    const held = (why: string) => ({ action: 'annotate', facts: { [`held:${rule}`]: why }, obligations: [] })
    expect(ask({}).action).toBe('escalate')
    expect(ask({ open: ['agent/other'] })).toMatchObject(held('open'))
    expect(ask({ closedAgoMs: { [rule]: 299_999 } })).toMatchObject(held('cool_off'))
    expect(ask({ closedAgoMs: { [rule]: 300_000 } }).action).toBe('escalate')
    expect(ask({ fired: { [rule]: 3 } })).toMatchObject(held('max_per_session'))
  })
})

describe.skipIf(vectors === null)('texts that others wrote', () => {
  const read = (name: string): string => readFileSync(join(vectors ?? '', name), 'utf8')

  it('hold no crisis and no wish where they are safe', () => {
    const rows = read('words/xstest-odd.csv').split(/\r?\n/).slice(1)
    const safe = rows.filter((row) => row.includes(',safe,'))
    const called = safe.filter((row) => said(row.slice(row.indexOf(',') + 1)).action !== 'allow')
    expect(safe.length).toBeGreaterThan(100)
    expect(called).toEqual([])
  })

  it('hold none in prompts that only use the words of an injection', () => {
    const prompts: readonly { readonly prompt: string }[] = JSON.parse(read('injection/notinject-one.json'))
    const called = prompts.filter(({ prompt }) => said(prompt).action !== 'allow')
    expect(prompts).toHaveLength(113)
    expect(called).toEqual([])
  })
})
