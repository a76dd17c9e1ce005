import { keyOf, type Node, unwrap } from './syntax-tree.ts'

/** A name, the properties that are read from it, and the nodes of those that are computed. */
export type Chain = { readonly root: string; readonly members: readonly string[]; readonly computed: readonly Node[] }

/** The global object under its several names. */
const globalObjects = new Set(['globalThis', 'global', 'window', 'self'])

/** The path of a global, from whichever name of the global object it was read. */
export function globalPath(chain: Chain): string {
  const path = [chain.root, ...chain.members]
  while (path.length > 1 && globalObjects.has(path[0] ?? '')) path.shift()
  return globalObjects.has(path[0] ?? '') ? 'globalThis' : path.join('.')
}

/** The default export of a Node built-in is its namespace, so both read the same: `node:crypto#randomBytes`. */
export function importedPath(imported: string, members: readonly string[]): string {
  const [from, name] = [imported.slice(0, imported.lastIndexOf('#')), imported.slice(imported.lastIndexOf('#') + 1)]
  // The module of the process is the global of that name; one spelling is enough for the walls.
  if (/^(node:)?process$/.test(from)) {
    return ['process', ...(name === '*' || name === 'default' ? [] : [name]), ...members].join('.')
  }
  if (name !== '*' && name !== 'default') return [imported, ...members].join('.')
  return members.length === 0 ? `${from}#*` : `${from}#${members.join('.')}`
}

/** A name and the properties read from it, or undefined when the innermost object is not a plain name. */
export function chainOf(node: Node): Chain | undefined {
  const plain = unwrap(node)
  if (plain.type === 'Identifier') return { root: plain.name, members: [], computed: [] }
  if (plain.type === 'MetaProperty')
    return { root: `${plain.meta.name}.${plain.property.name}`, members: [], computed: [] }
  if (plain.type !== 'MemberExpression') return undefined
  const inner = chainOf(plain.object)
  if (inner === undefined) return undefined
  const key = keyOf(plain.property, plain.computed)
  return {
    root: inner.root,
    members: [...inner.members, key],
    computed: key === '*' && plain.computed ? [...inner.computed, plain.property] : inner.computed,
  }
}
