import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSource } from './parse-source.ts'
import type { Source } from './source.ts'

/** What we write by hand. Peers under bench have their own lockfile and are not our code. */
const roots = ['packages', 'test', 'bench', 'examples', 'tools', 'deploy']
const skipped = /^(node_modules|dist|coverage|\..*)$/
const watched = /\.([cm]?[jt]s|[jt]sx|css|sql|sh|html|node|wasm)$/

const repository = fileURLToPath(new URL('../../', import.meta.url))

/** Every source file of the repository, parsed. */
export function readSources(): readonly Source[] {
  const topLevel = readdirSync(repository).filter((name) => watched.test(name))
  const paths = [...topLevel, ...roots.filter((root) => existsSync(join(repository, root))).flatMap(pathsBelow)]
  return paths.map((path) => parseSource({ path, text: readFileSync(join(repository, path), 'utf8') }))
}

function pathsBelow(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (skipped.test(entry.name) || path === 'bench/peers') return []
    if (entry.isDirectory()) return pathsBelow(path)
    return watched.test(entry.name) ? [path] : []
  })
}
