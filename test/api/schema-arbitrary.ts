import fc from 'fast-check'
import { z } from 'zod'

/** The part of JSON Schema that the API document uses. Lazy where it nests, or the type would have no end. */
const schemaNode = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  pattern: z.string().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})

type Schemas = Readonly<Record<string, unknown>>

/** Where the generator is: nothing nests deeper than this, and hostile values come once in `calm` places. */
type Place = { readonly schemas: Schemas; readonly known: Readonly<Record<string, unknown>>; readonly depth: number }

const maxDepth = 8
const calm = 30

/** What clients send by mistake or on purpose, whatever the field. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, 0, -1, -0, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, '', ' ', '\t', [], {}, [[]], [null]],
    ...[
      '\u0000',
      'a\u0000b',
      '\ud800',
      '\u202e',
      '\ufeff',
      "'; drop table tenant.users; --",
      '{{rest}}',
      '%00',
      '../..',
    ],
    ...['x'.repeat(100_000), '\u{1f600}'.repeat(3000), 'e\u0301'.repeat(500), { __proto__: null, constructor: {} }],
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.json({ maxDepth: 4 }).map((text): unknown => JSON.parse(text)),
  fc.constant(nested(60)),
)

/**
 * Bodies of a schema: mostly as it asks, with a hostile value, a missing or an unknown field here and there. `known` gives
 * fields by name values that exist, so that more than the schema is reached.
 */
export function schemaArbitrary(
  schema: unknown,
  options: { schemas: Schemas; known: Readonly<Record<string, unknown>> },
): fc.Arbitrary<unknown> {
  return arbitraryOf(schema, { ...options, depth: 0 })
}

function arbitraryOf(given: unknown, place: Place): fc.Arbitrary<unknown> {
  if (place.depth > maxDepth) return fc.constant(null)
  return fc.oneof({ weight: calm, arbitrary: asAsked(given, place) }, { weight: 1, arbitrary: hostileValue })
}

function asAsked(given: unknown, place: Place): fc.Arbitrary<unknown> {
  const schema = schemaNode.parse(given ?? {})
  const inner = { ...place, depth: place.depth + 1 }
  if (schema.$ref !== undefined) return asAsked(place.schemas[schema.$ref.split('/').at(-1) ?? ''], place)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => asAsked(choice, inner)))
  const types = [schema.type ?? 'null'].flat()
  return fc.oneof(...types.map((type) => ofType(type, schema, inner)))
}

function ofType(type: string, schema: z.infer<typeof schemaNode>, place: Place): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return ofString(schema)
    case 'integer':
      return fc.integer(range(schema, 2 ** 31 - 1))
    case 'number':
      return fc.double({ ...range(schema, 1e9), noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(arbitraryOf(schema.items, place), { maxLength: 4 })
    case 'object':
      return ofObject(schema, place)
    default:
      return fc.constant(null)
  }
}

/** By pattern and lengths: making one costs more than a hundred values of it, and the same few come back in every schema. */
const texts = new Map<string, fc.Arbitrary<string>>()

function ofString({ pattern, minLength = 0, maxLength = 100 }: z.infer<typeof schemaNode>): fc.Arbitrary<string> {
  const lengths = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 3000)) }
  const key = JSON.stringify(pattern ?? lengths)
  const made =
    texts.get(key) ??
    (pattern === undefined ? fc.string({ unit: 'grapheme', ...lengths }) : fc.stringMatching(new RegExp(pattern)))
  texts.set(key, made)
  return made
}

const unknownName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.constantFrom('constructor', 'toString', 'workspace_id'),
)

function range({ minimum, maximum }: z.infer<typeof schemaNode>, most: number): { min: number; max: number } {
  return { min: Math.max(minimum ?? -most, -most), max: Math.min(maximum ?? most, most) }
}

function ofObject(schema: z.infer<typeof schemaNode>, place: Place): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(([name, field]): [string, fc.Arbitrary<unknown>] => {
    const value = arbitraryOf(field, place)
    const { [name]: known } = place.known
    return [name, known === undefined ? value : fc.oneof({ weight: calm, arbitrary: fc.constant(known) }, value)]
  })
  const required = fc
    .integer({ min: 0, max: calm })
    .chain((luck) =>
      fc.record(Object.fromEntries(fields), { requiredKeys: luck === 0 ? [] : [...(schema.required ?? [])] }),
    )
  const more = fc.dictionary(
    unknownName,
    arbitraryOf(schema.additionalProperties === false ? {} : schema.additionalProperties, place),
    { maxKeys: 2 },
  )
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  return fc
    .tuple(required, isOpen ? more : fc.oneof({ weight: calm, arbitrary: fc.constant({}) }, more))
    .map(([record, unknown]) => ({ ...record, ...unknown }))
}

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}
