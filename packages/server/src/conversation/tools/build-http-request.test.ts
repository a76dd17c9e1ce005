import { httpToolSchema } from '@hyponema/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { compileHttpTool } from '../../features/tools/public.ts'
import { buildHttpRequest } from './build-http-request.ts'

type Given = Partial<z.input<typeof httpToolSchema>>

function build(
  change: Given,
  args: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
) {
  const tool = httpToolSchema.parse({
    kind: 'http',
    name: 'find_visit',
    description: 'Finds a visit',
    url: 'https://api.example.com/visits/{id}/notes',
    arguments: { type: 'object', properties: { id: {}, day: {}, seats: {} }, required: ['id'] },
    ...change,
  })
  const compiled = compileHttpTool(tool, () => true)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors))
  return buildHttpRequest(compiled.tool, { args, variables: new Map(Object.entries(variables)) })
}
const bodyOf = (built: ReturnType<typeof build>): unknown =>
  built.ok ? JSON.parse(built.body ?? 'null') : built.problem

describe('the request of an HTTP tool', () => {
  test('has arguments in their places and the rest in the query', () => {
    const built = build(
      { query: { when: '{day}', lang: 'en' } },
      { id: 'a b/é?'.replace('/', '-'), day: 'x&y=z', seats: 2 },
    )
    expect(built).toMatchObject({
      ok: true,
      url: 'https://api.example.com/visits/a%20b-%C3%A9%3F/notes?when=x%26y%3Dz&lang=en&seats=2',
      body: undefined,
    })
  })

  test('leaves a query parameter out whose argument was not given, or was given as null', () => {
    expect(build({ query: { when: '{day}' } }, { id: 1 })).toMatchObject({
      url: 'https://api.example.com/visits/1/notes',
    })
    expect(build({ query: { when: '{day}' } }, { id: 1, day: null, seats: null })).toMatchObject({
      url: 'https://api.example.com/visits/1/notes',
    })
  })

  test('has the rest in the body, and fixed fields that no argument can take the place of', () => {
    const change = { method: 'POST', body: { tenant: '{{tenant}}', raw: 'a "{day}" {{tenant}}' } } as const
    const args: Readonly<Record<string, unknown>> = { id: 'a', seats: [1, { b: 2 }], tenant: 'evil', raw: 1 }
    expect(bodyOf(build(change, args, { tenant: 'north"}' }))).toEqual({
      seats: [1, { b: 2 }],
      tenant: 'north"}',
      raw: 'a "{day}" north"}',
    })
  })

  test('keeps an argument named __proto__ what it is: a name', () => {
    const built = build(
      { method: 'POST', body: { kind: 'k' } },
      Object.fromEntries<unknown>([
        ['id', 'a'],
        ['__proto__', { tenant: 'evil' }],
      ]),
    )
    expect(built.ok && built.body).toBe('{"__proto__":{"tenant":"evil"},"kind":"k"}')
  })

  test.each([
    '',
    '.',
    '..',
    '...',
    ' .. ',
    '../admin',
    '..\\admin',
    'a/b',
    '/',
    '%2e%2e',
    '%2e%2e%2fadmin',
    '%252e%252e%252fadmin',
    '%25252fadmin',
    '%c0%ae%c0%ae',
    '%u002e%u002e',
    '％２ｅ％２ｅ',
    '..;/admin',
    '..;a=b',
    '．．',
    '‥',
    '．．／admin',
    'a\r\nHost: evil.example',
    'a\u0000b',
    '%00',
    'a\u0085b',
    '\ud800',
  ])('is not made with %j in the path', (id) => {
    const built = build({}, { id })
    expect(built).toMatchObject({ ok: false, fault: 'arguments' })
    // The model gets the problem, but a person may too: nothing of the value.
    expect(built.ok || built.problem).not.toContain('admin')
  })

  test.each([
    ['evil.example', 'evil.example'],
    ['user@evil.example', 'user%40evil.example'],
    ['https:evil', 'https%3Aevil'],
    ['a?b=c#d', 'a%3Fb%3Dc%23d'],
    ['100%', '100%25'],
    ['a..b', 'a..b'],
    ['日本', '%E6%97%A5%E6%9C%AC'],
    ["o'brien", "o'brien"],
  ])('takes %j as one segment', (id, segment) => {
    expect(build({}, { id })).toMatchObject({ ok: true, url: `https://api.example.com/visits/${segment}/notes` })
  })

  test('is not made when harmless values make a way up together', () => {
    const change = { url: 'https://api.example.com/a/{x}{y}/b', arguments: twoArguments }
    expect(build(change, { x: '.', y: '.' })).toMatchObject({ ok: false })
    expect(build({ ...change, url: 'https://api.example.com/a/.{x}/b' }, { x: 'a', y: 'a' })).toMatchObject({
      ok: true,
    })
  })

  test('whatever the values are, goes to the host and the path of the tool', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc
        .array(fc.constantFrom('.', '/', '\\', '%', '2e', '2f', '@', ':', '?', '#', ';', 'a', '\r\n', '．', '\ud800'), {
          maxLength: 8,
        })
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, text, text, (id, day, tenant) => {
        const change = { url: 'https://api.example.com/t/{{tenant}}/visits/{id}/notes', query: { when: '{day}' } }
        const built = build(change, { id, day, seats: 1 }, { tenant })
        if (!built.ok) return
        const url = new URL(built.url)
        expect([url.origin, url.hash, url.username]).toEqual(['https://api.example.com', '', ''])
        const segments = url.pathname.split('/')
        expect([segments.length, segments[1], segments[3], segments[5]]).toEqual([6, 't', 'visits', 'notes'])
        expect([decodeURIComponent(segments[2] ?? ''), decodeURIComponent(segments[4] ?? '')]).toEqual([tenant, id])
        expect([...url.searchParams.keys()]).toEqual(['when', 'seats'])
        expect(url.searchParams.get('when')).toBe(day)
      }),
      { numRuns: 2000 },
    )
  })

  test('is not made with a variable that has no value, or one that no header may hold', () => {
    const header = { headers: { 'x-tenant': '{{tenant}}' } }
    expect(build(header, { id: 'a' })).toMatchObject({
      ok: false,
      fault: 'variables',
      problem: 'the variable tenant has no value',
    })
    expect(build(header, { id: 'a' }, { tenant: 'north' })).toMatchObject({
      ok: true,
      headers: { 'x-tenant': 'north' },
    })
    for (const tenant of ['a\r\nx-b: c', 'a\nb', 'a\u0000', 'Müller', '\u{1f600}'])
      expect(build(header, { id: 'a' }, { tenant })).toMatchObject({ ok: false, fault: 'variables' })
    expect(build({ url: 'https://api.example.com/{{tenant}}/{id}' }, { id: 'a' }, { tenant: '..' })).toMatchObject({
      ok: false,
    })
  })

  test('is not made with arguments that do not fit into a URL', () => {
    expect(build({}, { id: 'x'.repeat(8000) })).toMatchObject({ ok: false, fault: 'arguments' })
    expect(build({}, { id: ['a'] })).toMatchObject({ ok: false, fault: 'arguments' })
    expect(build({}, { id: 'a', seats: { b: 1 } })).toMatchObject({ ok: false, fault: 'arguments' })
    expect(build({}, { id: 'a', ['\ud800']: 'b' })).toMatchObject({ ok: false, fault: 'arguments' })
  })
})

const twoArguments = { type: 'object', properties: { x: {}, y: {} }, required: ['x', 'y'] }
