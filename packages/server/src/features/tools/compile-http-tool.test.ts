import { httpToolSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { compileHttpTool } from './compile-http-tool.ts'

type Given = Partial<z.input<typeof httpToolSchema>>

const isVariable = (name: string): boolean => name === 'tenant' || name === 'system__user_id'

function compile(change: Given) {
  const tool = httpToolSchema.parse({
    kind: 'http',
    name: 'find_visit',
    description: 'Finds a visit',
    url: 'https://api.example.com/visits/{visit_id}',
    arguments: {
      type: 'object',
      properties: { visit_id: { type: 'string' }, day: { type: 'string' }, tags: { type: 'array' }, any: {} },
      required: ['visit_id'],
    },
    ...change,
  })
  return compileHttpTool(tool, isVariable)
}
const pointersOf = (change: Given): readonly string[] => {
  const compiled = compile(change)
  return compiled.ok ? [] : compiled.errors.map(({ pointer }) => pointer)
}
/** Without the list, which GET could not send. */
const someArguments = {
  type: 'object',
  properties: { visit_id: { type: 'string' }, day: { type: 'string' } },
  required: ['visit_id'],
}

describe('an HTTP tool', () => {
  test.each<[string, Given]>([
    ['a path with arguments and variables', { url: 'https://api.example.com/{{tenant}}/visits/v-{visit_id}.json' }],
    ['no path at all', { url: 'https://api.example.com', query: { id: '{visit_id}' } }],
    ['a port, and a path that ends with a slash', { url: 'https://api.example.com:8443/visits/{visit_id}/' }],
    ['escapes that somebody wrote', { url: 'https://api.example.com/a%20b/{visit_id}' }],
    ['an optional argument alone in the query', { query: { day: '{day}', lang: 'en', u: '{{system__user_id}}' } }],
    ['a variable in a header', { headers: { 'x-tenant': '{{tenant}}', 'x-api-key': '{{tenant}}' } }],
    [
      'a body with braces of its own',
      { method: 'POST', body: { query: 'query { visits(tenant: "{{tenant}}") { id {day} } }', kind: '{{ }}' } },
    ],
    ['a list in the body', { method: 'POST' }],
  ])('may have %s', (_name, change) => {
    const args = change.method === 'POST' ? {} : { arguments: someArguments }
    expect(pointersOf({ ...args, ...change })).toEqual([])
  })

  test.each<[string, Given, readonly string[]]>([
    ['an argument in the host', { url: 'https://{visit_id}.example.com/a' }, ['/url']],
    ['a variable in the host', { url: 'https://{{tenant}}/a' }, ['/url']],
    ['an argument in the port', { url: 'https://example.com:{visit_id}/a' }, ['/url']],
    ['an argument as the scheme', { url: '{visit_id}://example.com/a' }, ['/url']],
    ['another scheme', { url: 'ftp://example.com/a' }, ['/url']],
    ['user and password', { url: 'https://a:b@example.com/a' }, ['/url']],
    ['an @ behind a placeholder', { url: 'https://example.com{visit_id}@evil.example/a' }, ['/url']],
    ['a backslash', { url: 'https://example.com\\@evil.example/a' }, ['/url']],
    ['a query in the URL', { url: 'https://example.com/a?b={visit_id}' }, ['/url']],
    ['a fragment', { url: 'https://example.com/a#b' }, ['/url']],
    ['a way up', { url: 'https://example.com/a/../{visit_id}' }, ['/url']],
    ['a way up that is encoded', { url: 'https://example.com/a/%2e%2E/{visit_id}' }, ['/url']],
    ['an empty segment', { url: 'https://example.com//{visit_id}' }, ['/url']],
    ['white space', { url: 'https://example.com/a b/{visit_id}' }, ['/url']],
    ['letters that a path has encoded only', { url: 'https://example.com/ä/{visit_id}' }, ['/url']],
    ['a broken escape', { url: 'https://example.com/%zz/{visit_id}' }, ['/url']],
    ['a brace that fills nothing in', { url: 'https://example.com/{visit_id' }, ['/url']],
    ['an empty placeholder', { url: 'https://example.com/{}/a' }, ['/url']],
    ['an argument that there is not', { url: 'https://example.com/{who}' }, ['/url']],
    ['an argument that objects have', { url: 'https://example.com/{constructor}' }, ['/url']],
    ['an argument in the path that need not be given', { url: 'https://example.com/{day}' }, ['/url']],
    ['a variable that there is not', { url: 'https://example.com/{{who}}' }, ['/url']],
    ['a name that no variable has', { query: { a: '{{Tenant}}' } }, ['/query/a']],
    ['an optional argument among other text', { query: { a: 'x{day}' } }, ['/query/a']],
    ['an argument in a header', { headers: { 'x-visit': '{visit_id}' } }, ['/headers/x-visit']],
    ['a key in the open', { headers: { 'x-api-key': 'sk-1234567890' } }, ['/headers/x-api-key']],
    ['a key in the query', { query: { access_token: 'abc' } }, ['/query/access_token']],
    ['its own authorization', { headers: { authorization: '{{tenant}}' } }, ['/headers/authorization']],
    [
      'framing of its own',
      { headers: { 'transfer-encoding': 'chunked', host: 'a' } },
      ['/headers/transfer-encoding', '/headers/host'],
    ],
    ['cookies', { headers: { cookie: '{{tenant}}' } }, ['/headers/cookie']],
    ['another idempotency key', { headers: { 'idempotency-key': 'a' } }, ['/headers/idempotency-key']],
    ['a header of a proxy', { headers: { 'proxy-authorization': '{{tenant}}' } }, ['/headers/proxy-authorization']],
    ['a second line in a header', { headers: { 'x-a': 'b\r\nx-c: d' } }, ['/headers/x-a']],
    [
      'the header of its key twice',
      {
        auth: { credential_id: 'crd_01h2xcejqtf2nbrexx3vqjhp41', header: 'x-key' },
        headers: { 'x-key': '{{tenant}}' },
      },
      ['/headers/x-key'],
    ],
    ['a body of a GET', { body: { a: 'b' } }, ['/body']],
  ])('may not have %s', (_name, change, pointers) => {
    expect(pointersOf({ arguments: someArguments, ...change })).toEqual(pointers)
  })

  test('has arguments that are an object, and a schema that is read whole', () => {
    expect(pointersOf({ arguments: { type: 'string' } })).toEqual(['/arguments/type'])
    expect(pointersOf({ arguments: {} })).toEqual(['/arguments/type'])
    expect(pointersOf({ arguments: { type: 'object', properties: { visit_id: { format: 'cron' } } } })).toEqual([
      '/arguments/properties/visit_id/format',
    ])
    expect(pointersOf({ arguments: undefined, url: 'https://example.com/' })).toEqual([])
  })

  test('takes no arguments that it does not name, unless it says so', () => {
    const checkOf = (schema: Readonly<Record<string, unknown>>) => {
      const compiled = compile({ url: 'https://example.com/', arguments: { type: 'object', ...schema } })
      if (!compiled.ok) throw new Error('expected a tool')
      return [
        compiled.tool.arguments.check({ admin: true }).length,
        compiled.tool.arguments.parameters['additionalProperties'],
      ]
    }
    expect(checkOf({})).toEqual([1, false])
    expect(checkOf({ properties: { day: {} } })).toEqual([1, false])
    expect(checkOf({ additionalProperties: true })).toEqual([0, true])
    expect(checkOf({ patternProperties: { '^a': {} } })).toEqual([0, undefined])
    expect(checkOf({ allOf: [{ properties: { admin: {} } }] })).toEqual([0, undefined])
  })

  test('sends what stands in no template in its body, or of GET and DELETE in the query, if that can hold it', () => {
    expect(pointersOf({})).toEqual(['/arguments/properties/tags'])
    expect(pointersOf({ method: 'DELETE' })).toEqual(['/arguments/properties/tags'])
    expect(pointersOf({ method: 'PATCH' })).toEqual([])
    expect(pointersOf({ method: 'POST', query: { t: '{tags}' } })).toEqual(['/query/t'])
  })

  test('cannot have a fixed field and an argument of one name', () => {
    expect(pointersOf({ method: 'POST', body: { day: 'fixed' } })).toEqual(['/body/day'])
    expect(pointersOf({ arguments: someArguments, query: { day: 'fixed' } })).toEqual(['/query/day'])
  })
})
