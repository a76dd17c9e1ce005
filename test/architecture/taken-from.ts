import { moduleOf } from './resolve-edge.ts'
import type { Edge, Source } from './source.ts'

export type Taken = { readonly name: string; readonly typeOnly: boolean; readonly line: number }

/**
 * What a file takes from one module, by name. A namespace or default import counts as the properties that are read
 * from it; a whole module that is handed on, loaded at run time or re-exported counts as `*`.
 */
export function takenFrom(source: Source, module: string): readonly Taken[] {
  const edges = source.edges.filter((edge) => moduleOf(source.path, edge) === module)
  return edges.flatMap((edge) => edge.names.flatMap((name) => takenByName(source, edge, name)))
}

function takenByName(source: Source, edge: Edge, name: string): readonly Taken[] {
  const whole = name === '*' || name === 'default'
  const typeOnly = edge.typeOnly || edge.typeNames?.includes(name) === true
  if (!whole || edge.form !== 'import') return [{ name: whole ? '*' : name, typeOnly, line: edge.line }]
  const prefix = `${edge.specifier ?? ''}#`
  return source.references
    .filter((reference) => reference.path.startsWith(prefix))
    .map((reference) => ({
      name: reference.path.slice(prefix.length).split('.')[0] ?? '*',
      typeOnly: edge.typeOnly,
      line: reference.line,
    }))
}
