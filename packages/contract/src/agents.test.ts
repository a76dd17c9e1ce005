import { describe, expect, test } from 'vitest'
import { agentDocumentSchema, launchControls, updateAgentSchema } from './agents.ts'

const smallest = { persona: { prompt: 'p' }, model: { kind: 'scripted', script: { rules: [] } }, policy: {} }
const parse = (change: object) => agentDocumentSchema.safeParse({ ...smallest, ...change })
const pathsOf = (change: object) => parse(change).error?.issues.map(({ path }) => path.join('/')) ?? []

describe('an agent document', () => {
  test('needs a prompt, a model and a policy; the rest has defaults', () => {
    expect(agentDocumentSchema.parse(smallest)).toMatchObject({
      persona: { title: 'AI assistant' },
      tools: [],
      notes: [],
      dynamic_variables: [],
      limits: { max_turns: 100, max_session_seconds: 3600, max_tool_calls: 20 },
      allowed_origins: [],
      overridable: [],
      sensitivity: 'ordinary',
      waivers: [],
    })
    for (const part of ['persona', 'model', 'policy']) expect(pathsOf({ [part]: undefined })).toEqual([part])
  })

  test('reads its own output again as the same document', () => {
    const once = agentDocumentSchema.parse(smallest)
    expect(agentDocumentSchema.parse(once)).toEqual(once)
  })

  test.each([
    'self',
    'https://example.com',
    'http://localhost:3000',
    'https://a-b.example.co',
    'http://127.0.0.1:8080',
    'http://[::1]:3000',
  ])('takes the origin %s', (origin) => {
    expect(parse({ allowed_origins: [origin] }).success).toBe(true)
  })

  test.each([
    '*',
    'null',
    'example.com',
    'https://*.example.com',
    'https://example.com/',
    'https://example.com/path',
    'https://example.com:443',
    'http://example.com:80',
    'HTTPS://example.com',
    'https://Example.com',
    'https://user@example.com',
    'ftp://example.com',
    'https://example.com https://other.example',
    'https://example.com:0',
    'javascript:alert(1)',
    'Self',
    '',
  ])('refuses the origin "%s"', (origin) => {
    expect(pathsOf({ allowed_origins: [origin] })).toEqual(['allowed_origins/0'])
  })

  test.each([
    [{ limits: { max_turns: 0 } }, 'limits/max_turns'],
    [{ limits: { max_turns: 501 } }, 'limits/max_turns'],
    [{ limits: { max_session_seconds: 9 } }, 'limits/max_session_seconds'],
    [{ limits: { max_session_seconds: 3601 } }, 'limits/max_session_seconds'],
    [{ limits: { max_tool_calls: -1 } }, 'limits/max_tool_calls'],
    [{ persona: { prompt: '' } }, 'persona/prompt'],
    [{ persona: { prompt: 'x'.repeat(20_001) } }, 'persona/prompt'],
    [{ persona: { prompt: 'p', language: 'english' } }, 'persona/language'],
    [{ dynamic_variables: [{ name: 'a' }, { name: 'a' }] }, 'dynamic_variables/1/name'],
    [
      {
        notes: [
          { name: 'a', text: 'x' },
          { name: 'a', text: 'y' },
        ],
      },
      'notes/1/name',
    ],
    [{ tools: ['shell'] }, 'tools/0'],
    [{ dynamic_variables: [{ name: 'Name' }] }, 'dynamic_variables/0/name'],
    [{ dynamic_variables: [{ name: '__proto__' }] }, 'dynamic_variables/0/name'],
    [{ overridable: ['persona.prompt'] }, 'overridable/0'],
    [{ waivers: [{ control: 'fatigue', reason: 'short', name: 'A' }] }, 'waivers/0/reason'],
    [{ waivers: [{ control: 'everything', reason: 'long enough a reason', name: 'A' }] }, 'waivers/0/control'],
    [{ model: { kind: 'openai_compatible', provider: 'openai', model: 'm', api_key: 'sk' } }, 'model'],
    [
      { model: { kind: 'openai_compatible', provider: 'openai', model: 'm', credential_id: 'usr_x' } },
      'model/credential_id',
    ],
    [{ model: { kind: 'magic' } }, 'model/kind'],
  ])('refuses %j', (change, path) => {
    expect(pathsOf(change)).toEqual([path])
  })

  const atProvider = (base_url: string) => ({
    model: { kind: 'openai_compatible', provider: 'custom', model: 'm', base_url },
  })
  test.each([
    'host',
    'content-length',
    'content-type',
    'cookie',
    'proxy-authorization',
    'mcp-session-id',
    'idempotency-key',
  ])('may not have a key in %s, wherever a key may stand', (header) => {
    const auth = { credential_id: 'crd_01h2xcejqtf2nbrexx3vqjhp41', header }
    const url = 'https://api.example.com/x'
    expect(
      pathsOf({
        tools: [
          { kind: 'http', name: 'find', description: 'Finds', url, auth },
          { kind: 'mcp', name: 'clinic', url, auth },
        ],
        variable_resolver: { url, auth },
      }),
    ).toEqual(['tools/0/auth/header', 'tools/1/auth/header', 'variable_resolver/auth/header'])
  })

  test('names each tool and each source of knowledge once', () => {
    const source = 'kno_01h2xcejqtf2nbrexx3vqjhp41'
    expect(pathsOf({ tools: ['end_call', 'book_slot', 'end_call'] })).toEqual(['tools/2'])
    expect(pathsOf({ knowledge: { sources: [source, source] } })).toEqual(['knowledge/sources/1'])
    expect(pathsOf({ knowledge: { sources: [source] } })).toEqual([])
  })

  test.each(['http://127.0.0.1:9/v1', 'https://models.example', 'https://models.example/v1/', 'http://[::1]:8000/v1'])(
    'takes the base URL %s',
    (url) => {
      expect(parse(atProvider(url)).success).toBe(true)
    },
  )

  test.each([
    'https://models.example/v1?key=1',
    'https://models.example/v1?',
    'https://models.example/v1#',
    'https://models.example/#/v1',
    'https://user:word@models.example/v1',
    'https://user@models.example/v1',
    'ftp://models.example/v1',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'models.example/v1',
    '',
  ])('refuses the base URL "%s"', (url) => {
    expect(pathsOf(atProvider(url))).toEqual(['model/base_url'])
  })

  test('the launch gate asks for five controls', () => {
    expect(launchControls).toHaveLength(5)
  })

  test('a change may be empty, but not of unknown fields', () => {
    expect(updateAgentSchema.safeParse({}).success).toBe(true)
    expect(updateAgentSchema.safeParse({ published_version: 3 }).success).toBe(false)
  })
})
