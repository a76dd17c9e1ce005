/**
 * Threat: a schema that a customer or a tool server wrote runs code here, costs minutes, reaches other places, or passes a
 * value that its author believed refused.
 * Rule: schemas are interpreted, never turned into code; patterns are linear; size, depth and work are bounded; references stay
 * in the document. The part of JSON Schema 2020-12 that is checked is checked whole; a keyword that would say something and is
 * not known here is refused when the schema is compiled, so that nothing is silently left out.
 * On failure: compiling says what is wrong and where; checking refuses the value.
 */
import type { FieldError } from '../../kernel/app-error.ts'
import { jsonPointer } from '../../kernel/json-pointer.ts'
import { type Check, CheckRun, type SchemaProblem, TooMuchWork } from './check-run.ts'
import { combiningKeywords } from './combining-keywords.ts'
import { findCircle } from './find-circle.ts'
import { isJsonObject } from './is-json-object.ts'
import { isNestedDeeper } from './is-nested-deeper.ts'
import type { KeywordCompiler, KeywordPlace } from './keyword-place.ts'
import { listKeywords } from './list-keywords.ts'
import { numberKeywords } from './number-keywords.ts'
import { objectKeywords } from './object-keywords.ts'
import { compileSchemaPattern, type SchemaPattern } from './schema-pattern.ts'
import { stringKeywords } from './string-keywords.ts'
import { valueKeywords } from './value-keywords.ts'

export type CompiledSchema =
  | {
      readonly ok: true
      /** Nothing where the value fits. Never throws; a value that costs too much does not fit. */
      readonly check: (value: unknown) => readonly SchemaProblem[]
    }
  /** What to change; each pointer leads from the root of the schema. */
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/** As JSON. A model reads each of them with every question that it is asked. */
const maxBytes = 16 * 1024
/** Levels of schemas in schemas, two steps of a pointer each, as in /properties/name. */
const maxDepth = 16
/** Of lists and objects, those in examples included. */
const maxNesting = 64
const maxErrors = 20
/** Of all patterns together: compiling them takes a tenth of a second at most. */
const maxInstructions = 10_000
/** What one counts that was refused: it was compiled too. */
const refusedPattern = 1000

const keywords: ReadonlyMap<string, KeywordCompiler> = new Map(
  [valueKeywords, numberKeywords, stringKeywords, listKeywords, objectKeywords, combiningKeywords].flatMap((group) =>
    Object.entries(group),
  ),
)

/** They say nothing about whether a value fits. */
const annotations = new Set([
  '$comment',
  '$schema',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'default',
  'deprecated',
  'description',
  'example',
  'examples',
  'readOnly',
  'title',
  'writeOnly',
])

/** Reads a JSON Schema (2020-12). It is not trusted: anything may stand in it. */
export function compileJsonSchema(untrustedSchema: unknown): CompiledSchema {
  const refusal = refuseSize(untrustedSchema)
  if (refusal !== undefined) return { ok: false, errors: [{ pointer: '', detail: refusal }] }
  const compiler = new SchemaCompiler(untrustedSchema)
  const root = compiler.compile(untrustedSchema, [])
  const errors = compiler.finish()
  return errors.length > 0 ? { ok: false, errors } : { ok: true, check: (value) => checkValue(root, value) }
}

function checkValue(root: Check, value: unknown): readonly SchemaProblem[] {
  const run = new CheckRun()
  try {
    if (root(value, undefined, run)) return []
    return run.problems.length > 0 ? run.problems : [{ pointer: '', problem: 'does not fit' }]
  } catch (error) {
    if (error instanceof TooMuchWork) return [{ pointer: '', problem: 'is too large or too deep to be checked' }]
    throw error
  }
}

/** Looks at the nesting first: what is nested deeply enough breaks whoever writes it as JSON. */
function refuseSize(schema: unknown): string | undefined {
  if (isNestedDeeper(schema, maxNesting)) return `the schema is nested deeper than ${maxNesting} levels`
  const bytes = Buffer.byteLength(JSON.stringify(schema) ?? '', 'utf8')
  return bytes > maxBytes ? `the schema has ${bytes} bytes, more than ${maxBytes}` : undefined
}

class SchemaCompiler {
  readonly #root: unknown
  readonly #errors: FieldError[] = []
  /** By pointer; undefined while it is being compiled. */
  readonly #checks = new Map<string, Check | undefined>()
  /** From each schema to those that judge the same value. */
  readonly #inPlace = new Map<string, string[]>()
  readonly #patterns = new Map<string, SchemaPattern | string>()
  #instructions = 0

  constructor(root: unknown) {
    this.#root = root
  }

  compile(schema: unknown, path: readonly string[]): Check {
    const pointer = jsonPointer(path)
    if (!this.#checks.has(pointer)) {
      this.#checks.set(pointer, undefined)
      this.#checks.set(pointer, this.#compileNew(schema, path))
    }
    return (value, place, run) => {
      const check = this.#checks.get(pointer)
      if (check === undefined) throw new RangeError('a schema was used before it was compiled')
      return run.within(() => check(value, place, run))
    }
  }

  /** What is wrong, once everything was read. */
  finish(): readonly FieldError[] {
    const circle = findCircle(this.#inPlace)
    if (circle !== undefined)
      this.#refuse(circle, 'this schema leads back to itself without looking at a part of the value')
    return this.#errors
  }

  #compileNew(schema: unknown, path: readonly string[]): Check {
    if (typeof schema === 'boolean') {
      return (_value, place, run) => schema || run.fail(place, 'nothing is allowed here')
    }
    const fitsAll: Check = () => true
    if (path.length > maxDepth * 2)
      return this.#refuse(jsonPointer(path), `is deeper than ${maxDepth} levels`) ?? fitsAll
    if (!isJsonObject(schema))
      return this.#refuse(jsonPointer(path), 'expected a schema: an object, true or false') ?? fitsAll
    const checks = Object.entries(schema).flatMap(([keyword, value]) =>
      this.#compileKeyword(keyword, value, schema, path),
    )
    return (value, place, run) => {
      let fits = true
      for (const check of checks) if (!check(value, place, run)) fits = false
      return fits
    }
  }

  #compileKeyword(
    keyword: string,
    value: unknown,
    schema: Readonly<Record<string, unknown>>,
    owner: readonly string[],
  ): readonly Check[] {
    if (annotations.has(keyword) || keyword.startsWith('x-') || (keyword === '$id' && owner.length === 0)) return []
    const compileOne = keywords.get(keyword)
    if (compileOne === undefined) {
      this.#refuse(jsonPointer([...owner, keyword]), 'this keyword is not supported here; say it in another way')
      return []
    }
    const check = compileOne(this.#placeOf({ keyword, value, schema, owner }))
    return check === undefined ? [] : [check]
  }

  #placeOf(at: Pick<KeywordPlace, 'keyword' | 'value' | 'schema' | 'owner'>): KeywordPlace {
    return {
      ...at,
      refuse: (detail, below = []) => this.#refuse(jsonPointer([...at.owner, at.keyword, ...below]), detail),
      root: this.#root,
      subschema: (schema, path) => this.compile(schema, path),
      inPlace: (schema, path) => {
        const from = jsonPointer(at.owner)
        this.#inPlace.set(from, [...(this.#inPlace.get(from) ?? []), jsonPointer(path)])
        return this.compile(schema, path)
      },
      pattern: (source) => this.#pattern(source),
    }
  }

  #pattern(source: string): SchemaPattern | string {
    const known = this.#patterns.get(source)
    if (known !== undefined) return known
    if (this.#instructions > maxInstructions)
      return `all patterns together compile to more than ${maxInstructions} instructions`
    const compiled = compileSchemaPattern(source)
    this.#instructions += typeof compiled === 'string' ? refusedPattern : compiled.size
    this.#patterns.set(source, compiled)
    return compiled
  }

  #refuse(pointer: string, detail: string): undefined {
    if (this.#errors.length < maxErrors) this.#errors.push({ pointer, detail })
    return undefined
  }
}
