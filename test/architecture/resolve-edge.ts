import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import type { Edge } from './source.ts'

export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'workspace'; readonly name: string; readonly subpath: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'unreadable' }

/** Where an edge leads. Bare and `node:` spellings of a built-in are one: `net` is `node:net`. */
export function resolveEdge(from: string, edge: Pick<Edge, 'specifier'>): Target {
  const { specifier } = edge
  if (specifier === undefined || /^(data|file|https?):/.test(specifier)) return { kind: 'unreadable' }
  if (specifier.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(from), specifier) }
  if (specifier.startsWith('/') || specifier.startsWith('#')) return { kind: 'unreadable' }
  if (isBuiltin(specifier)) return { kind: 'builtin', name: `node:${specifier.replace(/^node:/, '')}` }
  const segments = specifier.split('/')
  const name = segments.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  if (name.startsWith('@hyponema/')) {
    return { kind: 'workspace', name: name.slice('@hyponema/'.length), subpath: specifier.slice(name.length + 1) }
  }
  return { kind: 'package', name }
}

/** The file an edge leads to when it is one of ours. */
export function fileOf(from: string, edge: Pick<Edge, 'specifier'>): string | undefined {
  const target = resolveEdge(from, edge)
  if (target.kind === 'file') return target.path
  return target.kind === 'workspace' ? `packages/${target.name}/src/index.ts` : undefined
}

/** The name of a package or built-in that an edge leads to. */
export function moduleOf(from: string, edge: Pick<Edge, 'specifier'>): string | undefined {
  const target = resolveEdge(from, edge)
  if (target.kind === 'package' || target.kind === 'builtin') return target.name
  return target.kind === 'workspace' ? `@hyponema/${target.name}` : undefined
}
