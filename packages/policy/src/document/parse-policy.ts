/**
 * A policy document from YAML or JSON text (JSON is YAML). Aliases, tags and merge keys are refused: a policy is read by
 * people, and what it says has to stand where they read it.
 */
import { type PolicyDocument, policyDocumentSchema, policyLimits } from '@hyponema/contract'
import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { PolicyDiagnostic } from './diagnostic.ts'

export type PlaceOf = (pointer: string) => { readonly line?: number; readonly column?: number }

export type ParseResult =
  | {
      readonly ok: true
      readonly document: PolicyDocument
      /** Where in the text something stands, by its JSON pointer. */
      readonly placeOf: PlaceOf
    }
  | { readonly ok: false; readonly diagnostics: readonly PolicyDiagnostic[] }

export function parsePolicy(text: string): ParseResult {
  /** Half a million characters are more than all phrases at their longest that anybody maintains by hand. */
  if (text.length > policyLimits.documentBytes) {
    return refused([
      { pointer: '', message: `found ${text.length} characters`, fix: `use at most ${policyLimits.documentBytes}` },
    ])
  }
  const lines = new LineCounter()
  const parsed = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
  })
  const unreadable = [...parsed.errors, ...parsed.warnings]
  if (unreadable.length > 0) {
    return refused(
      unreadable.map((error) => ({
        pointer: '',
        ...place(lines, error.pos[0]),
        message: error.message.split('\n')[0] ?? 'not readable',
        fix: 'correct the YAML or JSON',
      })),
    )
  }
  const alias = firstAlias(parsed)
  if (alias !== undefined) {
    return refused([{ pointer: '', ...place(lines, alias), message: 'found an alias', fix: 'write the value out' }])
  }
  const checked = policyDocumentSchema.safeParse(parsed.toJS())
  if (checked.success) {
    return { ok: true, document: checked.data, placeOf: (pointer) => placeOf(parsed, lines, pathOf(pointer)) }
  }
  return refused(
    checked.error.issues.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') {
        const fix = 'write what is expected; see the schema of the policy document'
        return [{ pointer: pointerTo(issue.path), ...placeOf(parsed, lines, issue.path), message: issue.message, fix }]
      }
      // `strictFields` writes one line for each key, in their order.
      return issue.message.split('\n').map((message, index) => {
        const key = issue.keys[index] ?? ''
        return {
          pointer: pointerTo([...issue.path, key]),
          ...placeOfKey(parsed, lines, { path: issue.path, key }),
          message,
          fix: `correct its name, or remove ${key.slice(0, 80)}`,
        }
      })
    }),
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

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function firstAlias(parsed: Document): number | undefined {
  let found: number | undefined
  visit(parsed, (_, node) => {
    if (!isAlias(node)) return undefined
    found = node.range?.[0] ?? 0
    return visit.BREAK
  })
  return found
}

function refused(diagnostics: readonly PolicyDiagnostic[]): ParseResult {
  return { ok: false, diagnostics }
}

/** Places in lists are numbers in a YAML document. */
function pathOf(pointer: string): readonly (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}
