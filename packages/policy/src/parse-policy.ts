/**
 * A policy document from YAML or JSON text (JSON is YAML). Aliases, tags and merge keys are refused: a policy is read by
 * people, and what it says has to stand where they read it.
 */
import { type PolicyDocument, policyDocumentSchema, policyLimits } from '@hyponema/contract'
import { type Document, isAlias, isNode, LineCounter, parseDocument, visit } from 'yaml'
import type { PolicyDiagnostic } from './diagnostic.ts'

export type ParseResult =
  | { readonly ok: true; readonly document: PolicyDocument }
  | { readonly ok: false; readonly diagnostics: readonly PolicyDiagnostic[] }

export function parsePolicy(text: string): ParseResult {
  /** Half a million characters are more than all phrases at their longest that anybody maintains by hand. */
  if (text.length > policyLimits.documentBytes) {
    return refused([
      { pointer: '', message: `found ${text.length} characters`, fix: `keep to ${policyLimits.documentBytes}` },
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
  if (checked.success) return { ok: true, document: checked.data }
  return refused(
    checked.error.issues.map((issue) => {
      const path = issue.path.map(String)
      return {
        pointer: path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
        ...placeOf(parsed, lines, issue.path),
        message: issue.message,
        fix:
          issue.code === 'unrecognized_keys'
            ? `take out ${issue.keys.join(', ')}`
            : 'see the schema of the policy document',
      }
    }),
  )
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
