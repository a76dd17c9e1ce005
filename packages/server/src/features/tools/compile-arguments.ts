import type { FieldError } from '../../kernel/app-error.ts'
import type { SchemaProblem } from '../../platform/json-schema/check-run.ts'
import { compileJsonSchema } from '../../platform/json-schema/compile-json-schema.ts'
import { isJsonObject } from '../../platform/json-schema/is-json-object.ts'
import { closeArguments } from './close-arguments.ts'

export type ToolArguments = {
  /** The schema as a model is told it. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly check: (value: unknown) => readonly SchemaProblem[]
  readonly isKnown: (name: string) => boolean
  readonly isRequired: (name: string) => boolean
  /** False for an argument that is a list or an object, or may be one. One without a type may be anything and passes. */
  readonly isPlain: (name: string) => boolean
  readonly names: readonly string[]
}

const plainTypes = new Set<unknown>(['string', 'number', 'integer', 'boolean', 'null'])

/** Reads the argument schema of a tool. */
export function compileArguments(
  given: Readonly<Record<string, unknown>> | undefined,
): ToolArguments | readonly FieldError[] {
  const schema = closeArguments(given)
  const compiled = compileJsonSchema(schema)
  if (!compiled.ok) return compiled.errors
  if (schema['type'] !== 'object') return [{ pointer: '/type', detail: 'arguments are an object: expected `object`' }]
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : []
  return {
    parameters: schema,
    check: compiled.check,
    names: Object.keys(properties),
    isKnown: (name) => Object.hasOwn(properties, name),
    isRequired: (name) => required.includes(name),
    isPlain: (name) => Object.hasOwn(properties, name) && isPlain(properties[name]),
  }
}

function isPlain(schema: unknown): boolean {
  const type = isJsonObject(schema) ? schema['type'] : undefined
  return type === undefined || (Array.isArray(type) ? type : [type]).every((one) => plainTypes.has(one))
}
