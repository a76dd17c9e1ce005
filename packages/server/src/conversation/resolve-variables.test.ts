/** A resolver is a server that somebody else runs: whatever it does, the session goes on, and nothing of its words is told. */
import type { ServerResponse } from 'node:http'
import { variableResolverSchema } from '@hyponema/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import {
  closeLoopback,
  openDoor,
  secretHeader,
  serve,
  serveRaw,
  workspaceId,
} from '../platform/outbound/test-harness/loopback.ts'
import { type ResolvedVariables, resolveVariables } from './resolve-variables.ts'

const question = {
  agent_id: 'agt_1',
  session_id: 'ses_1',
  user_id: 'usr_1',
  modality: 'text',
  variables: ['name', 'city'],
}
type Door = Parameters<typeof resolveVariables>[0]['door']

function ask(
  { door, url }: { door: Door; url: string },
  changes: Partial<Parameters<typeof resolveVariables>[0]> & { timeoutMs?: number } = {},
): Promise<ResolvedVariables> {
  const { timeoutMs = 2000, ...rest } = changes
  return resolveVariables({
    door,
    use: { workspaceId, onlyHosts: null },
    resolver: variableResolverSchema.parse({ url, timeout_ms: timeoutMs }),
    secretHeader: () => undefined,
    question,
    declared: [...question.variables, 'given_by_the_session'],
    signal: new AbortController().signal,
    ...rest,
  })
}

/** Answers with this body and status. */
const says = (body: unknown, status = 200) =>
  serve((_request, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })

describe('a resolver', () => {
  afterEach(closeLoopback)

  test('is asked by one POST that names session, person and variables, with the sealed key', async () => {
    const came: unknown[] = []
    const place = await serve((request, response) => {
      let body = ''
      request.on('data', (bytes: Buffer) => {
        body += bytes.toString()
      })
      request.on('end', () => {
        came.push([request.method, request.headers.authorization, request.headers['content-type'], JSON.parse(body)])
        response.end('{"variables":{"name":"Ada","city":"Lisbon"}}')
      })
    })
    expect(await ask(place, { secretHeader: () => secretHeader })).toEqual({
      outcome: 'resolved',
      values: new Map([
        ['name', 'Ada'],
        ['city', 'Lisbon'],
      ]),
      problem: null,
    })
    expect(came).toEqual([['POST', 'Bearer sk-live-0123456789abcdef', 'application/json', question]])
  })

  test.each([
    ['as it is', (key: string) => key],
    ['in its header', (key: string) => `Bearer ${key}`],
    ['in base64', (key: string) => Buffer.from(`Bearer ${key}`).toString('base64')],
    ['in groups', (key: string) => key.replaceAll(/(.{4})/g, '$1 ')],
    ['as numbers', (key: string) => [...Buffer.from(key)].join(',')],
  ])('that repeats its key %s has that value left out', async (_name, spell) => {
    const place = await says({ variables: { name: `Ada ${spell('sk-live-0123456789abcdef')}`, city: 'Lisbon' } })
    const { values, outcome, problem } = await ask(place, { secretHeader: () => secretHeader })
    expect([outcome, values]).toEqual(['resolved', new Map([['city', 'Lisbon']])])
    expect(problem).toBe('1 value was left out: held the key, or something of its form')
  })

  test('that spreads its key over several values gets none of them told', async () => {
    const place = await says({ variables: { name: 'sk-live-012', city: '3456789abcd' } })
    const { values } = await ask(place, { secretHeader: () => secretHeader })
    expect(values).toEqual(new Map())
  })

  test('that sends the key of another vendor has that value left out', async () => {
    const place = await says({ variables: { name: 'ghp_0123456789abcdefghij0123', city: 'Lisbon' } })
    expect((await ask(place)).values).toEqual(new Map([['city', 'Lisbon']]))
  })

  test('that answers for other names, or too long, has those left out, and the session is told how many', async () => {
    const place = await says({
      variables: {
        name: 'Ada',
        city: 'x'.repeat(501),
        secret_words: 'never asked',
        system__user_id: 'usr_other',
        constructor: 'x',
        given_by_the_session: 'is not needed',
      },
      more: 'is not looked at',
    })
    const resolved = await ask(place)
    expect(resolved).toEqual({
      outcome: 'resolved',
      values: new Map([['name', 'Ada']]),
      problem:
        '3 values were left out: under a name that the agent does not declare; 1 value was left out: longer than 500 characters',
    })
  })

  test.each([
    ['no JSON', 'variables: name'],
    ['nothing', ''],
    ['a list', []],
    ['null', null],
    ['values beside the field', { name: 'Ada' }],
    ['a list of variables', { variables: ['name'] }],
    ['a number for a value', { variables: { name: 1 } }],
    ['an object for a value', { variables: { name: { text: 'Ada' } } }],
    ['null for a value', { variables: { name: null } }],
    ['a value that is no text beside one that is', { variables: { name: 'Ada', city: true } }],
    ['a very deep value', `{"variables":{"name":${'['.repeat(5000)}${']'.repeat(5000)}}}`],
    ['51 values', { variables: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`n${at}`, 'x'])) }],
  ])('that answers %s is one that failed, and none of its words are told', async (_name, body) => {
    const resolved = await ask(await says(body))
    expect([resolved.outcome, resolved.values.size]).toEqual(['failed', 0])
    expect(resolved.problem).not.toContain('Ada')
  })

  test.each([400, 401, 404, 429, 500, 503])('that answers %i has failed', async (status) => {
    const resolved = await ask(await says({ variables: { name: 'Ada' } }, status))
    expect(resolved).toEqual({
      outcome: 'failed',
      values: new Map(),
      problem: `the resolver answered with status ${status}`,
    })
  })

  test('that sends elsewhere is not followed', async () => {
    let followed = false
    const inside = await serve((_request, response) => {
      followed = true
      response.end('{"variables":{"name":"inside"}}')
    })
    const place = await serve((_request, response) => {
      response.writeHead(307, { location: inside.url }).end()
    })
    expect((await ask(place)).problem).toBe('the resolver answered with status 307')
    expect(followed).toBe(false)
  })

  test.each([17_000, 10_000_000])('that answers %i bytes is read no further than 16 KiB', async (bytes) => {
    const place = await says({ variables: { name: 'Ada' }, padding: 'x'.repeat(bytes) })
    expect(await ask(place)).toMatchObject({
      outcome: 'failed',
      problem: expect.stringMatching(/^outbound\.too_large/),
    })
  })

  test.each([
    ['never answers', () => undefined],
    [
      'answers byte by byte',
      (_request: unknown, response: ServerResponse) => {
        response.writeHead(200)
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ])('that %s is waited for as long as the agent says and no longer', async (_name, answer) => {
    const resolved = await ask(await serve(answer), { timeoutMs: 150 })
    expect(resolved).toMatchObject({ outcome: 'timed_out', problem: expect.stringMatching(/^outbound\.timeout/) })
    expect(resolved.values.size).toBe(0)
  })

  test('whose key nobody opens in time is not waited for either', async () => {
    const stuck = { unseal: () => Promise.withResolvers<void>().promise, use: secretHeader.secret.use }
    const resolved = await ask(await says({ variables: {} }), {
      timeoutMs: 100,
      secretHeader: () => ({ ...secretHeader, secret: stuck }),
    })
    expect(resolved.outcome).toBe('timed_out')
  })

  test('whose key is gone is not asked', async () => {
    let asked = false
    const place = await serve((_request, response) => {
      asked = true
      response.end()
    })
    const resolved = await ask(place, {
      secretHeader: () => {
        throw new AppError('credential.missing', 'revoked sk-1')
      },
    })
    expect(resolved).toMatchObject({ outcome: 'failed', problem: expect.stringMatching(/^credential\.missing/) })
    expect(resolved.problem).not.toContain('sk-1')
    expect(asked).toBe(false)
  })

  test('that hangs up, or says what is no HTTP, has failed', async () => {
    expect((await ask(await serveRaw((socket) => socket.destroy()))).outcome).toBe('failed')
    expect((await ask(await serveRaw((socket) => socket.end('SSH-2.0-secret words\r\n\r\n')))).problem).not.toContain(
      'secret',
    )
  })

  test('inside our own network is not called', async () => {
    const { url } = await says({ variables: { name: 'inside' } })
    const resolved = await ask({ door: openDoor([]), url })
    expect(resolved).toMatchObject({ outcome: 'failed', problem: expect.stringMatching(/^outbound\.address_refused/) })
  })

  test('is left when the session ends', async () => {
    const controller = new AbortController()
    const asking = ask(await serve(() => controller.abort(new Error('over'))), { signal: controller.signal })
    expect((await asking).outcome).toBe('failed')
  })
})
