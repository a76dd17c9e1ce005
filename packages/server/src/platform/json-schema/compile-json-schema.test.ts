import { describe, expect, test } from 'vitest'
import { compileJsonSchema } from './compile-json-schema.ts'

function problemsOf(schema: unknown, value: unknown) {
  const compiled = compileJsonSchema(schema)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors))
  return compiled.check(value)
}
function errorsOf(schema: unknown) {
  const compiled = compileJsonSchema(schema)
  return compiled.ok ? [] : compiled.errors
}

describe('compileJsonSchema', () => {
  test('says where a value does not fit, and what is expected there', () => {
    const schema = {
      type: 'object',
      properties: { time: { type: 'string', pattern: '^\\d{1,2}:\\d\\d$' }, seats: { type: 'integer', minimum: 1 } },
      required: ['time'],
      additionalProperties: false,
    }
    expect(problemsOf(schema, { time: '9:30', seats: 2 })).toEqual([])
    expect(problemsOf(schema, { seats: 0.5, 'a/b': 1 })).toEqual([
      { pointer: '/seats', problem: 'expected integer' },
      { pointer: '/seats', problem: 'expected at least 1' },
      { pointer: '/time', problem: 'this field is missing' },
      { pointer: '/a~1b', problem: 'this field is not known' },
    ])
    expect(problemsOf(schema, 'x')).toEqual([{ pointer: '', problem: 'expected object' }])
  })

  test.each([
    ['a keyword that nobody checks here', { unevaluatedProperties: false }, '/unevaluatedProperties'],
    ['a misspelt keyword', { type: 'object', propertys: {} }, '/propertys'],
    ['a format that is not checked', { properties: { a: { format: 'ipv6' } } }, '/properties/a/format'],
    ['a reference to elsewhere', { $ref: 'https://example.com/schema' }, '/$ref'],
    ['a reference to nothing', { $ref: '#/$defs/a' }, '/$ref'],
    ['a reference to what all objects have', { $ref: '#/constructor' }, '/$ref'],
    ['a reference to itself', { $ref: '#' }, ''],
    ['a circle', { $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { not: { $ref: '#/$defs/a' } } } }, '/$defs/a'],
    ['a pattern that looks around', { pattern: '(?=a)b' }, '/pattern'],
    ['a pattern that is too large', { pattern: '(a{1,100}){1,100}' }, '/pattern'],
    ['a type that is none', { type: 'float' }, '/type'],
    ['types that are no list of types', { type: [] }, '/type'],
    ['a bound that is no number', { minimum: '1' }, '/minimum'],
    ['a length below nothing', { minLength: -1 }, '/minLength'],
    ['items as a list', { items: [{}] }, '/items'],
    ['what is no schema', 'object', ''],
    ['nothing', null, ''],
  ])('refuses %s', (_name, schema, pointer) => {
    expect(errorsOf(schema).map((error) => error.pointer)).toEqual([pointer])
  })
})
