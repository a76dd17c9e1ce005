import { agentSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'

const dosage = {
  name: 'dosage',
  action: 'redirect',
  line: 'Please ask your doctor.',
  examples: [
    'You should take two tablets of ibuprofen every four hours.',
    'I recommend a dose of 400 milligrams of paracetamol.',
    'Just stop taking your blood pressure pills.',
    'Increase the insulin by five units tonight.',
  ],
}

describe('what a save shows of zones that are made of examples', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const save = async (zone: object) => {
    const document = { ...scriptedDocument(), policy: { no_go_zones: [zone] } }
    const made = await api.a.call('POST', '/v1/agents', { body: { name: 'Tester', document } })
    expect(made.status).toBe(201)
    return agentSchema.parse(made.body)
  }

  test('is how well each tells apart what is meant; made, changed and read alike', async () => {
    const agent = await save(dosage)
    const [zone] = agent.policy_report.zones
    expect(zone).toMatchObject({ rule_id: 'agent/dosage', examples: 4 })
    expect(zone?.hints.join(' ')).toMatch(/at least 8 examples/)
    expect(agent.policy_report.problems).toEqual([])
    expect((await api.a.call('GET', `/v1/agents/${agent.id}`)).body).toMatchObject({
      policy_report: agent.policy_report,
    })
    const more = { ...dosage, examples: [...dosage.examples, 'Take another pill of ibuprofen before you sleep.'] }
    const document = { ...scriptedDocument(), policy: { no_go_zones: [more] } }
    const changed = await api.a.call('PATCH', `/v1/agents/${agent.id}`, { body: { document } })
    expect(agentSchema.parse(changed.body).policy_report.zones).toMatchObject([{ examples: 5 }])
  })

  test('is why a set would not compile, and publishing refuses it', async () => {
    const agent = await save({ ...dosage, counter_examples: [dosage.examples[0]] })
    const problem = { pointer: '/policy/no_go_zones/0/counter_examples/0' }
    expect(agent.policy_report).toMatchObject({ zones: [], problems: [problem] })
    const published = await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
    expect([published.status, published.code()]).toEqual([422, 'policy.does_not_compile'])
  })

  test('is empty where there are none', async () => {
    const agent = await save({ name: 'words', phrases: ['darn'], action: 'redirect', line: 'Please.' })
    expect(agent.policy_report).toEqual({ zones: [], problems: [] })
  })
})
