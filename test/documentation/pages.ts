import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** A page of the documentation, with its path as seen from the root. */
export type Page = { readonly path: string; readonly text: string }

/** Everything that a reader is given in words. */
export const pages: readonly Page[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...markdownBelow(join(root, 'docs')),
].map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

export function readPage(path: string): Page {
  const page = pages.find((one) => one.path === path)
  if (page === undefined) throw new Error(`there is no page ${path}`)
  return page
}

function markdownBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => relative(root, join(folder, name)))
    .toSorted()
}
