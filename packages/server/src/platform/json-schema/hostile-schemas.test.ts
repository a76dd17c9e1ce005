/** What a customer or a tool server could write to break whoever reads it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileJsonSchema } from './compile-json-schema.ts'

function check(schema: unknown, value: unknown) {
  const compiled = compileJsonSchema(schema)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors))
  return compiled.check(value)
}
const errorsOf = (schema: unknown) => {
  const compiled = compileJsonSchema(schema)
  return compiled.ok ? [] : compiled.errors
}
const tooMuch = [{ pointer: '', problem: 'is too large or too deep to be checked' }]

/** Shorter than a sentence takes to be said; an honest check takes far less than a millisecond. */
const withinMs = 1500
function timed<Result>(work: () => Result): Result {
  const startedMs = performance.now()
  const result = work()
  expect(performance.now() - startedMs).toBeLessThan(withinMs)
  return result
}

describe('a hostile schema', () => {
  test('is refused beyond 16 KiB, beyond 16 levels, and where it is nested without end', () => {
    expect(errorsOf({ description: 'x'.repeat(17_000) })[0]?.detail).toMatch(/bytes, more than 16384/)
    let deep: object = {}
    for (let level = 0; level < 17; level += 1) deep = { properties: { a: deep } }
    expect(errorsOf(deep)[0]?.detail).toBe('is deeper than 16 levels')
    expect(errorsOf(JSON.parse(`{"default":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))[0]?.detail).toBe(
      'the schema is nested deeper than 64 levels',
    )
  })

  test('of references that multiply costs a bounded time and refuses the value', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [
        `d${at}`,
        at === 29 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
      ]),
    )
    expect(timed(() => check({ $defs, $ref: '#/$defs/d0' }, 'x'))).toEqual(tooMuch)
  })

  test('that recurses follows a value as deep as it may be, and no deeper', () => {
    const tree = { type: 'array', items: { $ref: '#' } }
    const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`)
    expect(check(tree, nested(40))).toEqual([])
    expect(timed(() => check(tree, nested(4000)))).toEqual(tooMuch)
    expect(timed(() => check({ uniqueItems: true }, [nested(4000)]))).toEqual(tooMuch)
  })

  test('with patterns for which backtracking takes minutes is as fast as any', () => {
    const value = `${'a'.repeat(4000)}!`
    expect(timed(() => check({ pattern: '^(a+)+$' }, value))).toHaveLength(1)
    expect(timed(() => check({ pattern: '^(a|aa)+$' }, value))).toHaveLength(1)
    const patterns = Object.fromEntries(Array.from({ length: 25 }, (_, at) => [`^(a|b|ab){1,50}${at}$`, true]))
    const names = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${'ab'.repeat(20)}${at}`, 1]))
    timed(() => check({ patternProperties: patterns }, names))
  })

  test('with very many patterns is compiled in a bounded time', () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`[a-z]{1,90}${at}(x|y){1,90}`, true]))
    const large = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`((a|b|cd){1,30}){1,30}${at}`, true]))
    expect(timed(() => errorsOf({ patternProperties: large }))).not.toEqual([])
    const errors = timed(() => errorsOf({ patternProperties: many }))
    expect(errors[0]?.detail).toBe('all patterns together compile to more than 10000 instructions')
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'cannot use %s for more than a name',
    (name) => {
      const text = (json: string): unknown => JSON.parse(json)
      const schema = text(
        `{"type":"object","properties":{"${name}":{"type":"integer"}},"required":["${name}"],"additionalProperties":false}`,
      )
      expect(check(schema, text(`{"${name}":1}`))).toEqual([])
      expect(check(schema, text(`{"${name}":"x"}`))).toEqual([{ pointer: `/${name}`, problem: 'expected integer' }])
      expect(check(schema, {})).toEqual([{ pointer: `/${name}`, problem: 'this field is missing' }])
      expect(check({ additionalProperties: false, properties: {} }, text(`{"${name}":1}`))).toHaveLength(1)
      expect(check({ dependentRequired: { a: [name] } }, { a: 1 })).toHaveLength(1)
      expect(errorsOf(text(`{"${name}":{}}`))).toHaveLength(1)
      expect(errorsOf(text(`{"format":"${name}"}`))).toHaveLength(1)
      expect(errorsOf(text(`{"type":"${name}"}`))).toHaveLength(1)
      expect(Object.getOwnPropertyNames(Object.prototype)).toContain('hasOwnProperty')
      expect(Object.hasOwn({}, 'a')).toBe(false)
    },
  )

  test('never throws, whatever it is, and neither does a check', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.jsonValue({ maxDepth: 5 }), (schema, value) => {
        const compiled = compileJsonSchema(schema)
        if (compiled.ok) compiled.check(value)
      }),
      { numRuns: 500 },
    )
    for (const odd of [undefined, Number.NaN, Number.POSITIVE_INFINITY, () => 1, 1n, Symbol('x')]) {
      expect(check({ type: 'number' }, odd)).toHaveLength(1)
      expect(check({ enum: [1] }, odd)).toHaveLength(1)
    }
  })

  test('names of fields that the other side chose are cut where they are told', () => {
    const [problem] = check({ additionalProperties: false }, { [`~/${'x'.repeat(5000)}`]: 1 })
    expect(problem?.pointer).toBe(`/~0~1${'x'.repeat(62)}`)
  })
})

describe('formats', () => {
  const table = {
    date: {
      good: ['2026-03-10', '2024-02-29', '2000-02-29', '0000-01-01'],
      bad: [
        '2026-02-29',
        '1900-02-29',
        '2026-13-01',
        '2026-00-10',
        '2026-04-31',
        '2026-3-1',
        '10.03.2026',
        '',
        '2026-03-10 ',
      ],
    },
    time: {
      good: ['09:30:00Z', '23:59:59+01:00', '00:00:00.123z', '23:59:60Z', '00:59:60+01:00'],
      bad: ['9:30:00Z', '24:00:00Z', '09:60:00Z', '09:30:61Z', '12:00:60Z', '09:30:00', '09:30Z', '09:30:00+25:00'],
    },
    'date-time': {
      good: ['2026-03-10T09:30:00Z', '2026-03-10t09:30:00.5-08:00'],
      bad: ['2026-03-10 09:30:00Z', '2026-03-10', '2026-02-30T09:30:00Z', '2026-03-10T09:30:00'],
    },
    ipv4: {
      good: ['10.0.0.1', '255.255.255.255'],
      bad: ['10.0.0', '10.0.0.256', '10.0.0.01', '0x0a.0.0.1', ' 10.0.0.1'],
    },
    hostname: {
      good: ['a.example', 'localhost', 'xn--bcher-kva.example'],
      bad: ['', '-a', 'a..b', 'a.', 'a_b', 'b\u00fccher', 'x'.repeat(64), 'a/b'],
    },
    email: {
      good: ['a@example.com', 'first.last+tag@mail.example.co', "o'brien@example.com"],
      bad: [
        'a',
        '@example.com',
        'a@',
        'a@@b.com',
        'a b@example.com',
        '.a@example.com',
        'a..b@example.com',
        'a@-b.com',
        'a@b..com',
        `${'x'.repeat(65)}@example.com`,
        'a@exa mple.com',
        'a@b.com\r\nBcc: c@d.com',
      ],
    },
    uri: {
      good: ['https://example.com/a?b=c#d', 'mailto:a@example.com', 'urn:isbn:123', 'http://[::1]/'],
      bad: ['/a', 'example.com', 'https://example.com/a b', 'https://exämple.com', 'https://', '://a', 'https://a/%zz'],
    },
    uuid: {
      good: ['0190b5a0-0000-7000-8000-000000000001', '0190B5A0-0000-7000-8000-00000000000A'],
      bad: ['0190b5a0000070008000000000000001', 'g190b5a0-0000-7000-8000-000000000001', ''],
    },
  }
  const rows = Object.entries(table).flatMap(([format, { good, bad }]) => [
    ...good.map((text) => [format, text, true] as const),
    ...bad.map((text) => [format, text, false] as const),
  ])
  test.each(rows)('%s: %j is one: %s', (format, text, isOne) => {
    expect(check({ format }, text).length === 0).toBe(isOne)
  })

  test('say nothing about what is no text', () => {
    expect(check({ format: 'date' }, 5)).toEqual([])
  })

  test('take a bounded time for a long text', () => {
    for (const format of Object.keys(table)) {
      for (const piece of ['a.', 'a@', '%41', '1', 'a-']) timed(() => check({ format }, piece.repeat(4000)))
    }
  })
})
