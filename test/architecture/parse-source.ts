import { parseSync } from 'oxc-parser'
import { collectDetails } from './collect-details.ts'
import { collectEdges } from './collect-edges.ts'
import { collectMembers } from './collect-members.ts'
import { collectReferences } from './collect-references.ts'
import { collectTypes } from './collect-types.ts'
import { linesOf } from './lines-of.ts'
import type { Source } from './source.ts'

const script = /\.([cm]?[jt]s|[jt]sx)$/

const textOnly = {
  edges: [],
  references: [],
  claims: [],
  members: [],
  types: [],
  bindings: [],
  properties: [],
  strings: [],
  escapes: [],
  moduleState: [],
  comments: [],
}

/** Reads one file. A script that does not parse is an error here: an unread file would be a file without violations. */
export function parseSource(file: { readonly path: string; readonly text: string }): Source {
  const lineCount = file.text.split('\n').length - (file.text.endsWith('\n') ? 1 : 0)
  const base = { path: file.path, text: file.text, lineCount }
  if (!script.test(file.path)) return { ...base, ...textOnly }
  const parsed = parseSync(file.path, file.text, { preserveParens: false, sourceType: 'module' })
  const [error] = parsed.errors
  if (error !== undefined) throw new SyntaxError(`${file.path}: ${error.message}`)
  const lineOf = linesOf(file.text)
  const { program } = parsed
  return {
    ...base,
    edges: collectEdges(program, lineOf),
    references: collectReferences(program, lineOf),
    ...collectDetails(program, lineOf),
    ...collectTypes(program, file.text, lineOf),
    members: collectMembers(program, file.text, lineOf),
    comments: parsed.comments.map((comment) => ({ value: comment.value, line: lineOf(comment.start) })),
  }
}
