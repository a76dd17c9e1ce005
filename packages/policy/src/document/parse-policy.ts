/**
 * A policy document from YAML or JSON text (JSON is YAML). Aliases, tags and merge keys are refused: a policy is read by
 * people, and what it says has to stand where they read it.
 */
import { type PolicyDocument, policyDocumentSchema, policyLimits } from '@hyponema/contract'
import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { PolicyDiagnostic } from './diagnostic.ts'
import { type Explanation, explainIssue } from './explain-issue.ts'
import { explainYaml } from './explain-yaml.ts'
import { findUnwritable } from './find-unwritable.ts'

export type PlaceOf = (pointer: string) => { readonly line?: number; readonly column?: number }

export type ParseResult =
  | {
      readonly ok: true
      readonly document: PolicyDocument
      /** Where in the text something stands, by its JSON pointer. */
      readonly placeOf: PlaceOf
    }
  | { readonly ok: false; readonly diagnostics: readonly PolicyDiagnostic[] }

/** More of them come from one mistake, and nobody reads a list of hundreds. */
const maxDiagnostics = 50

/**
 * Each key is compared with all those of its map, and each sign that stands where none may costs a look at the whole text: half a
 * million characters of `&a` took a minute. The largest documents that can be used have some thousands of these.
 */
const mostSigns = [
  { signs: /[^:?&!*]/g, names: ': ? & ! *', most: 10_000 },
  { signs: /[^"'[\]{}]/g, names: 'quotes and brackets', most: 40_000 },
] as const

export function parsePolicy(text: string): ParseResult {
  /** Half a million characters are more than all phrases at their longest that anybody maintains by hand. */
  if (text.length > policyLimits.documentBytes) {
    const message = `expected at most ${policyLimits.documentBytes} characters, found ${text.length}`
    return refused([{ pointer: '', line: 1, column: 1, message, fix: 'put some of the sections into another policy' }])
  }
  const unwritable = findUnwritable(text)
  if (unwritable !== undefined) {
    const { offset, message, fix } = unwritable
    return refused([{ pointer: '', ...placeIn(text, offset), message, fix }])
  }
  for (const { signs, names, most } of mostSigns) {
    const found = text.replaceAll(signs, '').length
    if (found <= most) continue
    const message = `expected at most ${most} of the signs ${names}, found ${found}`
    return refused([{ pointer: '', line: 1, column: 1, message, fix: 'put some of the sections into another policy' }])
  }
  const lines = new LineCounter()
  const parsed = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    uniqueKeys: true,
  })
  const unreadable = [...parsed.errors, ...parsed.warnings]
  if (unreadable.length > 0) {
    return refused(
      unreadable.slice(0, maxDiagnostics).map((error) => {
        const key = /^["']?([^\s:"']{1,80})/.exec(text.slice(error.pos[0]))?.[1] ?? ''
        return { pointer: '', ...place(lines, error.pos[0]), ...explainYaml(error, key) }
      }),
    )
  }
  const unplain = firstUnplain(parsed)
  if (unplain !== undefined) {
    const { offset, message, fix } = unplain
    return refused([{ pointer: '', ...place(lines, offset), message, fix }])
  }
  const value: unknown = parsed.toJS()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused([noSections(value)])
  const checked = policyDocumentSchema.safeParse(value)
  if (checked.success) {
    return { ok: true, document: checked.data, placeOf: (pointer) => placeOf(parsed, lines, pathOf(pointer)) }
  }
  return refused(
    checked.error.issues.slice(0, maxDiagnostics).flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') {
        const explained = explainIssue(issue, valueAt(value, issue.path))
        return [{ pointer: pointerTo(issue.path), ...placeOf(parsed, lines, issue.path), ...explained }]
      }
      // `strictFields` writes one line for each key, in their order.
      const said = issue.message.split('\n')
      return issue.keys.slice(0, 20).map((key, index) => {
        const message = said.length === issue.keys.length ? (said[index] ?? '') : `${key.slice(0, 80)}: no such field`
        if (key === '<<') return mergeKey(parsed, lines, issue.path)
        const near = /did you mean (.+)\?$/.exec(message)?.[1]
        return {
          pointer: pointerTo([...issue.path, key]),
          ...placeOfKey(parsed, lines, { path: issue.path, key }),
          message,
          fix: near === undefined ? `remove ${key.slice(0, 80)}` : `write ${near}`,
        }
      })
    }),
  )
}

function mergeKey(parsed: Document, lines: LineCounter, path: readonly PropertyKey[]): PolicyDiagnostic {
  const at = placeOfKey(parsed, lines, { path, key: '<<' })
  return { pointer: pointerTo([...path, '<<']), ...at, message: 'found a merge key', fix: 'write out the fields' }
}

function noSections(value: unknown): PolicyDiagnostic {
  const found = value === null ? 'nothing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
  const fix = 'begin with a section such as `no_go_zones:`; `{}` is a policy without rules'
  return { pointer: '', line: 1, column: 1, message: `expected the sections of a policy, found ${found}`, fix }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (found, part) =>
      typeof found === 'object' && found !== null
        ? Object.entries(found).find(([name]) => name === String(part))?.[1]
        : undefined,
    value,
  )
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** Where a key itself stands; its map's place when it cannot be found. */
function placeOfKey(
  parsed: Document,
  lines: LineCounter,
  at: { path: readonly PropertyKey[]; key: string },
): { line?: number; column?: number } {
  const map = at.path.length === 0 ? parsed.contents : parsed.getIn(at.path, true)
  const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && String(key.value) === at.key) : undefined
  const node = pair?.key
  return isScalar(node) && node.range ? place(lines, node.range[0]) : placeOf(parsed, lines, at.path)
}

/** The line of the value that the path leads to, or of the nearest one above it that exists. */
function placeOf(
  parsed: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line?: number; column?: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? parsed.contents : parsed.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return place(lines, node.range[0])
  }
  return {}
}

/** Before anything has counted its lines. */
function placeIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

type Unplain = Explanation & { readonly offset: number }

/** The first alias, anchor or tag. */
function firstUnplain(parsed: Document): Unplain | undefined {
  let found: Unplain | undefined
  visit(parsed, (_, node) => {
    if (!isNode(node)) return undefined
    const offset = node.range?.[0] ?? 0
    if (isAlias(node))
      found = { offset, message: 'found an alias', fix: 'write out the value; text that begins with * goes in quotes' }
    else if (node.anchor !== undefined)
      found = {
        offset,
        message: 'found an anchor',
        fix: `remove &${node.anchor}; text that begins with & goes in quotes`,
      }
    else if (node.tag !== undefined)
      found = { offset, message: 'found a tag', fix: 'remove it; text that begins with ! goes in quotes' }
    return found === undefined ? undefined : visit.BREAK
  })
  return found
}

/** The first of each place: what follows from the same mistake says nothing new. */
function refused(diagnostics: readonly PolicyDiagnostic[]): ParseResult {
  const places = new Set<string>()
  const first = diagnostics.filter(({ pointer, line, column }) => {
    const name = pointer === '' ? `${line}:${column}` : pointer
    const isNew = !places.has(name)
    places.add(name)
    return isNew
  })
  return { ok: false, diagnostics: first.slice(0, maxDiagnostics) }
}

/** Places in lists are numbers in a YAML document. */
function pathOf(pointer: string): readonly (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}
