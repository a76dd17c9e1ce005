import { resolveEdge, type Target } from './resolve-edge.ts'
import type { Edge, Source } from './source.ts'
import type { Violation } from './wall.ts'

/** Asks `whatIsWrong` about everything that a file imports, and says it at the line of the import. */
export function judgeEdges(
  source: Source,
  whatIsWrong: (target: Target, edge: Edge) => string | undefined,
): readonly Violation[] {
  return source.edges.flatMap((edge) => {
    const found = whatIsWrong(resolveEdge(source.path, edge), edge)
    return found === undefined ? [] : [{ path: source.path, line: edge.line, found }]
  })
}
