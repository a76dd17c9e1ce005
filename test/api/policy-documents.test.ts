/**
 * Wrong policy documents, as text and by the API: each is refused, quickly, with where it is wrong and what to do; none is
 * accepted in silence.
 */
import { type PolicyDiagnostic, parsePolicy } from '@hyponema/policy'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument, zone } from './agent-documents.ts'
import { type Api, openApi } from './api-harness.ts'
import { draftAgent } from './made-things.ts'

const yaml = `no_go_zones:
  - name: dosage
    phrases: [dose]
    action: redirect
    line: Ask the doctor.
`

/** Nine levels of nine: 387 million entries, if it were written out. */
const bomb = ['l0: &l0 [x]']
for (let level = 1; level < 10; level += 1) {
  bomb.push(`l${level}: &l${level} [${Array.from({ length: 9 }, () => `*l${level - 1}`).join(', ')}]`)
}

type Wrong = readonly [
  name: string,
  text: string,
  where: Pick<PolicyDiagnostic, 'pointer'> & Partial<PolicyDiagnostic>,
  says: RegExp,
]

const wrong: readonly Wrong[] = [
  ['aliases that grow', bomb.join('\n'), { pointer: '', line: 1, column: 9 }, /anchor/],
  ['a doubled key', 'tests: []\ntests: []\n', { pointer: '', line: 2, column: 1 }, /a second time/],
  ['a doubled key in JSON', '{"tests": [], "tests": []}', { pointer: '', line: 1, column: 15 }, /a second time/],
  ['a tab', 'no_go_zones:\n\t- name: dosage\n', { pointer: '', line: 2, column: 1 }, /[Tt]abs/],
  ['nothing', '', { pointer: '', line: 1, column: 1 }, /found nothing/],
  ['a comment only', '# nothing\n', { pointer: '', line: 1, column: 1 }, /found nothing/],
  ['5 MB', `# ${'x'.repeat(5_000_000)}`, { pointer: '', line: 1, column: 1 }, /found 5000002/],
  ['20,000 levels', '['.repeat(20_000) + ']'.repeat(20_000), { pointer: '', line: 1 }, /./],
  ['bytes', '\u0000\u0001\ufffd', { pointer: '', line: 1 }, /control character/],
  ['a tag', 'tests: !!js/function "x"\n', { pointer: '', line: 1, column: 8 }, /tag/],
  ['a merge key', `${yaml}<<: {tests: []}\n`, { pointer: '/<<', line: 6 }, /merge key/],
  ['two documents', `${yaml}---\n${yaml}`, { pointer: '', line: 6 }, /second document/],
  ['what is not closed', 'no_go_zones: [', { pointer: '', line: 1 }, /\]/],
  [
    'a word where zones belong',
    'no_go_zones: yes\n',
    { pointer: '/no_go_zones', line: 1, column: 14 },
    /expected a list/,
  ],
  [
    'numbers for phrases',
    yaml.replace('[dose]', '[1, true]'),
    { pointer: '/no_go_zones/0/phrases/0', line: 3, column: 15 },
    /expected text, found 1/,
  ],
  [
    'an action that is none',
    yaml.replace('redirect', 'redirekt'),
    { pointer: '/no_go_zones/0/action', line: 4, column: 13 },
    /expected one of redirect, block/,
  ],
  [
    'a zone of a near name',
    yaml.replace('no_go_zones', 'noGoZones'),
    { pointer: '/noGoZones', line: 1 },
    /did you mean no_go_zones\?/,
  ],
  [
    'a field of a near name',
    yaml.replace('phrases', 'phrase'),
    {
      pointer: '/no_go_zones/0/phrase',
    },
    /did you mean phrases\?/,
  ],
  [
    'a section without what it needs',
    `${yaml}fatigue: {}\n`,
    { pointer: '/fatigue/thresholds', line: 6 },
    /expected a list/,
  ],
  ['infinity', `${yaml}    priority: .inf\n`, { pointer: '/no_go_zones/0/priority', line: 6 }, /expected a number/],
]

test.each(wrong)('as text: %s', (_name, text, where, says) => {
  const began = performance.now()
  const result = parsePolicy(text)
  // Not a measure of speed: what grows without bound takes minutes.
  expect(performance.now() - began).toBeLessThan(20_000)
  if (result.ok) throw new Error('accepted')
  const [first] = result.diagnostics
  expect(first).toMatchObject(where)
  expect(first?.message).toMatch(says)
  expect(first?.fix).not.toBe('')
})

describe('by the API', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const create = (policy: unknown) =>
    api.a.call('POST', '/v1/agents', { body: { name: 'x', document: { ...scriptedDocument(), policy } } })

  test.each<readonly [unknown, string]>([
    [null, ''],
    [[], ''],
    ['no_go_zones: []', ''],
    [{ no_go_zones: {} }, '/no_go_zones'],
    [{ noGoZones: [] }, '/noGoZones'],
    [{ no_go_zones: [zone(), zone()] }, '/no_go_zones/1/name'],
    [{ no_go_zones: [{ ...zone(), phrase: [] }] }, '/no_go_zones/0/phrase'],
    [{ no_go_zones: [zone({ phrases: [] })] }, '/no_go_zones/0/phrases'],
    [{ no_go_zones: [{ ...zone(), line: undefined }] }, '/no_go_zones/0/line'],
    [
      { no_go_zones: [zone({ action: 'end', strikes: { hits: 2, turns: 2, action: 'block' } })] },
      '/no_go_zones/0/strikes/action',
    ],
    [{ no_go_zones: [zone({ priority: 1.5 })] }, '/no_go_zones/0/priority'],
    [
      { tests: [{ say: 'x', given: { stage: 'input', said_before: ['y'] }, expect: { action: 'allow' } }] },
      '/tests/0/given/said_before',
    ],
    [{ pii: {} }, '/pii/kinds'],
  ])('the draft %j is refused at %s', async (policy, pointer) => {
    const answer = await create(policy)
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([
      422,
      'request.invalid',
      [`/document/policy${pointer}`],
    ])
  })

  test.each<readonly [string, object, string]>([
    ['a phrase without a letter', zone({ phrases: ['...'] }), '/policy/no_go_zones/0/phrases/0'],
    ['a line that its zone forbids', zone({ line: 'No forbidden dose.' }), '/policy/no_go_zones/0/line'],
    ['a look-behind', zone({ regexes: ['(?<=a)b'] }), '/policy/no_go_zones/0/regexes/0'],
    [
      'a repeat of a repeat of a repeat',
      zone({ regexes: ['((a{1000}){1000}){1000}'] }),
      '/policy/no_go_zones/0/regexes/0',
    ],
  ])('%s is published by nobody, and the answer says what to write instead', async (_name, wrongZone, pointer) => {
    const { id } = await draftAgent(api.a, { ...scriptedDocument(), policy: { no_go_zones: [wrongZone] } })
    const answer = await api.a.call('POST', `/v1/agents/${id}/publish`, { body: {} })
    expect([answer.status, answer.code(), answer.pointers()]).toEqual([422, 'policy.does_not_compile', [pointer]])
    expect(answer.text).toMatch(/"detail":"[^"]+; [^"]+"/)
  })
})
