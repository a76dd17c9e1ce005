import type { Source } from './source.ts'

/**
 * Lines on which a file that may call a function gives it to others instead: exported, bound, put into an object or
 * passed as an argument. A list of callers is worth nothing if one of them is a door for everybody.
 */
export function handsOn(source: Source, names: RegExp, isHome: (specifier: string) => boolean): readonly number[] {
  const reExported = source.edges
    .filter((edge) => edge.form === 're-export' && !edge.typeOnly && isHome(edge.specifier ?? ''))
    .filter((edge) => edge.names.some((name) => name === '*' || names.test(name)))
  const used = source.references.filter(({ path, use }) => {
    const at = path.lastIndexOf('#')
    if (at < 0 || !isHome(path.slice(0, at))) return false
    const [name = '', method] = path.slice(at + 1).split('.')
    const isPlainCall = use === 'call' && method === undefined
    return !isPlainCall && (name === '*' || names.test(name))
  })
  return [...reExported, ...used].map(({ line }) => line)
}
