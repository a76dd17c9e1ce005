import { describe, expect, it } from 'vitest'
import { parsePolicy } from './parse-policy.ts'

const yaml = `
no_go_zones:
  - name: dosage
    phrases: [dose]
    action: redirect
    line: Ask the doctor.
`

function firstOf(text: string) {
  const result = parsePolicy(text)
  return result.ok ? undefined : result.diagnostics[0]
}

describe('a policy as text', () => {
  it('is YAML or JSON, and the same document', () => {
    const zone = { name: 'dosage', phrases: ['dose'], action: 'redirect', line: 'Ask the doctor.' }
    expect(parsePolicy(yaml)).toMatchObject({
      ok: true,
      document: { no_go_zones: [{ name: 'dosage', scope: 'match', stages: ['output'] }] },
    })
    const [json, text] = [parsePolicy(JSON.stringify({ no_go_zones: [zone] })), parsePolicy(yaml)]
    expect(json.ok && json.document).toEqual(text.ok && text.document)
  })

  it('says where an error is, and what to do', () => {
    expect(firstOf(`${yaml}    colour: red\n`)).toMatchObject({
      pointer: '/no_go_zones/0/colour',
      line: 7,
      column: 5,
      fix: 'remove colour',
    })
    expect(firstOf(yaml.replace('redirect', 'shout'))).toMatchObject({
      pointer: '/no_go_zones/0/action',
      line: 5,
      column: 13,
    })
    expect(firstOf('no_go_zones: [')).toMatchObject({ line: 1 })
  })

  it.each([
    ['an alias', `a: &x [1]\nb: *x\n`],
    ['a doubled key', `tests: []\ntests: []\n`],
    ['a tag', `tests: !!js/function "x"\n`],
    ['a merge key', `<<: {tests: []}\n`],
    ['a list', `- 1\n`],
    ['nothing', ''],
    ['too much', `# ${'x'.repeat(600_000)}`],
  ])('refuses %s', (_, text) => {
    expect(parsePolicy(text).ok).toBe(false)
  })
})

describe('a text that would take seconds to read', () => {
  it.each([['a: b\n'], ['&a '], ['!a '], ['*a '], ['? '], ['"a" '], ["'a' "], ['[]']])(
    'is refused unread: %j',
    (sign) => {
      const parsed = parsePolicy(sign.repeat(100_000))
      expect(parsed).toMatchObject({ ok: false, diagnostics: [{ message: expect.stringContaining('of the signs') }] })
    },
  )
})
