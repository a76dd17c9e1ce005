/** Schemas as people and generators write them, against an implementation by others. */
import { type Schema, Validator } from '@cfworker/json-schema'
import { describe, expect, test } from 'vitest'
import { compileJsonSchema } from './compile-json-schema.ts'

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const person = object(
  { name: { type: 'string', minLength: 1 }, age: { type: 'integer', minimum: 0 } },
  { required: ['name'] },
)

/** A name, a schema, and values of both kinds. */
const typical: readonly (readonly [string, object, readonly unknown[]])[] = [
  [
    'a date',
    object({ day: { type: 'string', format: 'date' } }),
    [{ day: '2026-02-28' }, { day: '2026-02-30' }, { day: 'Monday' }],
  ],
  [
    'a date and time',
    object({ at: { type: 'string', format: 'date-time' } }),
    [
      { at: '2026-02-28T09:30:00Z' },
      { at: '2026-02-28T09:30:00+01:00' },
      { at: '2026-02-28' },
      { at: '2026-02-28 09:30' },
    ],
  ],
  [
    'a time',
    object({ at: { type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' } }),
    [{ at: '09:30' }, { at: '24:00' }, { at: '9:30' }, { at: '09:30\n' }],
  ],
  [
    'a phone in E.164',
    object({ phone: { type: 'string', pattern: '^\\+[1-9]\\d{1,14}$' } }),
    [{ phone: '+4915112345678' }, { phone: '0151' }, { phone: '+0' }],
  ],
  [
    'a phone in the US',
    object({ phone: { type: 'string', pattern: '^(\\([0-9]{3}\\))?[0-9]{3}-[0-9]{4}$' } }),
    [{ phone: '555-1212' }, { phone: '(888)555-1212' }, { phone: '(888)555-1212 ext' }],
  ],
  [
    'a mail address',
    object({ mail: { type: 'string', format: 'email' } }),
    [{ mail: 'ada@example.com' }, { mail: 'ada' }, { mail: '@x' }],
  ],
  [
    'a URL',
    object({ url: { type: 'string', format: 'uri' } }),
    [{ url: 'https://example.com/a?b=c' }, { url: 'example' }, { url: 'http://a b' }],
  ],
  [
    'a UUID',
    object({ id: { type: 'string', format: 'uuid' } }),
    [{ id: '0190b5a0-0000-7000-8000-000000000001' }, { id: '0190b5a0' }],
  ],
  [
    'nested objects',
    object({
      patient: object(
        { address: object({ zip: { type: 'string' } }, { required: ['zip'] }) },
        { required: ['address'] },
      ),
    }),
    [{ patient: { address: { zip: '1' } } }, { patient: { address: {} } }, { patient: null }],
  ],
  [
    'an enum of texts',
    object({ unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } }),
    [{ unit: 'celsius' }, { unit: 'Celsius' }, { unit: 1 }],
  ],
  [
    'an enum with null',
    object({ unit: { type: ['string', 'null'], enum: ['a', null] } }),
    [{ unit: null }, { unit: 'a' }, { unit: 'b' }],
  ],
  [
    'a list of texts',
    object({ tags: { type: 'array', items: { type: 'string' }, maxItems: 2, uniqueItems: true } }),
    [{ tags: [] }, { tags: ['a', 'b'] }, { tags: ['a', 'a'] }, { tags: ['a', 'b', 'c'] }, { tags: [1] }],
  ],
  [
    'a list of objects',
    object({ guests: { type: 'array', items: person, minItems: 1 } }),
    [{ guests: [{ name: 'Ada' }] }, { guests: [] }, { guests: [{ name: '' }] }, { guests: [{ age: 1 }] }],
  ],
  [
    'nullable by a list of types',
    object({ note: { type: ['string', 'null'] } }),
    [{ note: null }, { note: 'x' }, { note: 1 }],
  ],
  [
    'nullable by anyOf, as Pydantic writes it',
    object(
      { note: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null, title: 'Note' } },
      { title: 'Args' },
    ),
    [{}, { note: null }, { note: 'x' }, { note: 1 }],
  ],
  [
    'defaults',
    object({ limit: { type: 'integer', default: 10, minimum: 1, maximum: 100 } }),
    [{}, { limit: 1 }, { limit: 0 }, { limit: 1.5 }, { limit: 101 }, { limit: '10' }],
  ],
  [
    '$defs, as Pydantic writes them',
    {
      $defs: { Person: { ...person, title: 'Person' } },
      ...object({ who: { $ref: '#/$defs/Person' } }, { required: ['who'] }),
    },
    [{ who: { name: 'Ada' } }, { who: {} }, {}],
  ],
  [
    'definitions, as older generators write them',
    { definitions: { Person: person }, ...object({ who: { $ref: '#/definitions/Person' } }) },
    [{ who: { name: 'Ada' } }, { who: { name: 1 } }],
  ],
  [
    'a tree',
    {
      $defs: {
        node: object(
          { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
          { required: ['value'] },
        ),
      },
      $ref: '#/$defs/node',
    },
    [
      { value: 1, children: [{ value: 2, children: [] }] },
      { value: 1, children: [{}] },
    ],
  ],
  [
    'zod output',
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      ...object(
        { a: { type: 'string' }, b: { type: 'number', exclusiveMinimum: 0 } },
        { required: ['a'], additionalProperties: false },
      ),
    },
    [{ a: 'x' }, { a: 'x', b: 0 }, { a: 'x', c: 1 }, {}],
  ],
  [
    'zod output of draft 7',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      ...object({ a: { type: 'string' } }, { required: ['a'], additionalProperties: false }),
    },
    [{ a: 'x' }, { b: 1 }],
  ],
  [
    'a discriminated union',
    object({
      pay: {
        oneOf: [
          object(
            { kind: { const: 'card' }, digits: { type: 'string', pattern: '^\\d{4}$' } },
            { required: ['kind', 'digits'] },
          ),
          object({ kind: { const: 'cash' } }, { required: ['kind'] }),
        ],
      },
    }),
    [
      { pay: { kind: 'card', digits: '1234' } },
      { pay: { kind: 'card' } },
      { pay: { kind: 'cash' } },
      { pay: { kind: 'x' } },
    ],
  ],
  [
    'a condition',
    object(
      { kind: { enum: ['a', 'b'] }, x: {} },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      { if: { properties: { kind: { const: 'a' } }, required: ['kind'] }, then: { required: ['x'] } },
    ),
    [{ kind: 'a' }, { kind: 'a', x: 1 }, { kind: 'b' }, {}],
  ],
  [
    'a dependency',
    object({ card: { type: 'number' }, address: { type: 'string' } }, { dependentRequired: { card: ['address'] } }),
    [{ card: 1 }, { card: 1, address: 'x' }, {}],
  ],
  [
    'a map',
    object({ labels: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 2 } }),
    [{ labels: { a: 'x' } }, { labels: { a: 1 } }, { labels: { a: 'x', b: 'x', c: 'x' } }],
  ],
  [
    'names by a pattern',
    object({
      labels: { type: 'object', patternProperties: { '^x-': { type: 'string' } }, additionalProperties: false },
    }),
    [{ labels: { 'x-a': 'b' } }, { labels: { a: 'b' } }, { labels: { 'x-a': 1 } }],
  ],
  [
    'a money amount',
    object({ amount: { type: 'number', minimum: 0.01, multipleOf: 0.01 } }),
    [{ amount: 0.07 }, { amount: 19.99 }, { amount: 0.005 }, { amount: 0 }],
  ],
  [
    'a tuple',
    object({ at: { type: 'array', prefixItems: [{ type: 'number' }, { type: 'number' }], items: false } }),
    [{ at: [1, 2] }, { at: [1, 2, 3] }, { at: ['a', 2] }],
  ],
  ['no arguments', { type: 'object' }, [{}, { a: 1 }, null, [], 'x']],
  ['no arguments, closed', { type: 'object', properties: {}, additionalProperties: false }, [{}, { a: 1 }]],
  [
    'names of every object',
    object({ constructor: { type: 'string' }, toString: { type: 'string' } }, { required: ['constructor'] }),
    [{}, { constructor: 'x' }, { constructor: 1 }, JSON.parse('{"__proto__":1,"constructor":"x"}')],
  ],
  [
    'numbers with the formats of OpenAPI',
    object({
      a: { type: 'integer', format: 'int32' },
      b: { type: 'integer', format: 'int64' },
      c: { type: 'number', format: 'double' },
      d: { type: 'number', format: 'float' },
    }),
    [{ a: 1, b: 2, c: 1.5, d: 0.1 }, { a: 1.5 }, { b: 'x' }],
  ],
  [
    'a password and bytes of OpenAPI',
    object({ a: { type: 'string', format: 'password' }, b: { type: 'string', format: 'binary' } }),
    [{ a: 'x', b: 'y' }, { a: 1 }],
  ],
  [
    'a machine',
    object({ ip: { type: 'string', format: 'ipv4' }, name: { type: 'string', format: 'hostname' } }),
    [{ ip: '10.0.0.1' }, { ip: '10.0.0.256' }, { ip: '10.0.0' }, { name: 'a.example' }, { name: '-a' }],
  ],
  [
    'letters of languages',
    object({ name: { type: 'string', pattern: "^[\\p{L} .'-]+$" } }),
    [{ name: "Zoë O'Neil" }, { name: '1' }],
  ],
  [
    'a plate',
    object({ a: { type: 'string', pattern: '^[A-Z]{1,3}-[A-Z]{1,2} \\d{1,4}$' } }),
    [{ a: 'B-AB 123' }, { a: 'b-ab 123' }],
  ],
]

describe('a schema as people write it', () => {
  test.each(typical)('%s is read, and judges as others do', (_name, schema, values) => {
    const compiled = compileJsonSchema(schema)
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors))
    const oracle = new Validator(schema satisfies Schema, '2020-12')
    const ours = values.map((value) => compiled.check(value).length === 0)
    expect(ours).toEqual(values.map((value) => oracle.validate(value).valid))
    expect(new Set(ours).size).toBe(2)
  })
})
