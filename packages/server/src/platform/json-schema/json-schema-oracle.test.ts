import { type Schema, Validator } from '@cfworker/json-schema'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileJsonSchema } from './compile-json-schema.ts'

const names = ['a', 'b', 'ab', 'c'] as const
const name = fc.constantFrom(...names)
const number = fc.constantFrom(-1, -0, 0, 0.1, 0.3, 0.5, 1, 1.5, 2, 3, 1e21, 7e-7)
const text = fc.constantFrom('', 'a', 'ab', 'ba', '1', '12', 'é', '😀', '😀a', '2026-03-10', 'a b')
const count = fc.integer({ min: 0, max: 3 })

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'value' },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 3, depthIdentifier: 'value' }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, depthIdentifier: 'value' }),
  ),
}))

const type = fc.constantFrom('null', 'boolean', 'number', 'integer', 'string', 'array', 'object')
const pattern = fc.constantFrom('^a', 'b$', '^\\d+$', '[ab]{2}', '^.$', '\\p{L}', 'a|1', '^(?:a|b)*$', '\\u0061')

const families = [
  ['contains', 'minContains', 'maxContains', 'minItems'],
  ['properties', 'patternProperties', 'additionalProperties', 'required'],
  ['prefixItems', 'items', 'type'],
  ['if', 'then', 'else'],
]

const { schema } = fc.letrec<{ schema: unknown }>((tie) => {
  const some = fc.array(tie('schema'), { minLength: 1, maxLength: 3, depthIdentifier: 'schema' })
  const named = fc.dictionary(name, tie('schema'), { maxKeys: 3, depthIdentifier: 'schema' })
  const whole = fc.record(
    {
      type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
      enum: fc.array(value, { minLength: 1, maxLength: 4 }),
      const: value,
      minimum: number,
      maximum: number,
      exclusiveMinimum: number,
      exclusiveMaximum: number,
      multipleOf: fc.constantFrom(0.1, 0.5, 1, 2, 0.01, 1e-7),
      minLength: count,
      maxLength: count,
      pattern,
      prefixItems: some,
      items: tie('schema'),
      contains: tie('schema'),
      minContains: count,
      maxContains: count,
      minItems: count,
      maxItems: count,
      uniqueItems: fc.boolean(),
      properties: named,
      patternProperties: fc.dictionary(pattern, tie('schema'), { maxKeys: 2 }),
      additionalProperties: tie('schema'),
      propertyNames: tie('schema'),
      required: fc.uniqueArray(name, { maxLength: 2 }),
      dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 2 }), { maxKeys: 2 }),
      minProperties: count,
      maxProperties: count,
      allOf: some,
      anyOf: some,
      oneOf: some,
      not: tie('schema'),
      if: tie('schema'),
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: tie('schema'),
      else: tie('schema'),
      $ref: fc.constantFrom('#/$defs/a', '#/$defs/b'),
      description: text,
    },
    { requiredKeys: [] },
  )
  // A schema with every keyword fits nothing: a few at a time say more, and those that read each other together.
  const mixed = fc
    .tuple(whole, fc.array(fc.nat({ max: 34 }), { minLength: 1, maxLength: 4 }))
    .map(([all, picked]): Readonly<Record<string, unknown>> => {
      const entries = Object.entries<unknown>(all)
      const places = picked.map((at) => at % Math.max(1, entries.length))
      return Object.fromEntries<unknown>(places.flatMap((at) => entries.slice(at, at + 1)))
    })
  const few = fc.oneof(
    mixed,
    mixed,
    ...families.map((family) =>
      whole.map((all) => Object.fromEntries(Object.entries(all).filter(([keyword]) => family.includes(keyword)))),
    ),
  )
  return { schema: fc.oneof({ maxDepth: 3, depthIdentifier: 'schema' }, fc.boolean(), few, few, few) }
})

const document = fc
  .tuple(schema, schema, schema)
  .map(([root, a, b]) =>
    typeof root === 'object' && root !== null ? { ...root, $defs: { a, b } } : { allOf: [root], $defs: { a, b } },
  )

describe('our reading of JSON Schema', () => {
  test('is that of @cfworker/json-schema, for schemas and values of all shapes', () => {
    let compared = 0
    let fitting = 0
    fc.assert(
      fc.property(document, fc.array(value, { minLength: 5, maxLength: 12 }), (root, values) => {
        const compiled = compileJsonSchema(root)
        // Circles are refused here; the other one would not come back from them.
        if (!compiled.ok) {
          expect(compiled.errors.filter(({ detail }) => !/back to itself|deeper/.test(detail))).toEqual([])
          return
        }
        const oracle = new Validator(asSchema(root), '2020-12')
        for (const one of values) {
          const fits = compiled.check(one).length === 0
          expect(fits, JSON.stringify({ root, one })).toBe(oracle.validate(one).valid)
          compared += 1
          if (fits) fitting += 1
        }
      }),
      { numRuns: 1000 },
    )
    // Both outcomes were seen often, or the comparison says nothing.
    expect(compared).toBeGreaterThan(5000)
    expect(fitting / compared).toBeGreaterThan(0.1)
    expect(fitting / compared).toBeLessThan(0.9)
  })
})

function asSchema(root: object): Schema {
  return structuredClone(root)
}
