import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { readPage, root } from './pages.ts'
import { tableRows } from './table-rows.ts'

const text = readPage('docs/decisions/0002-dependencies.md').text
const rows = tableRows(text, 'package')

const wantedSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})
const installedSchema = z.object({
  version: z.string(),
  license: z.string(),
  scripts: z.record(z.string(), z.string()).default({}),
})

const manifests = ['.', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)]
  .map((folder) => join(root, folder, 'package.json'))
  .filter((path) => existsSync(path))
  .map((path) => wantedSchema.parse(JSON.parse(readFileSync(path, 'utf8'))))
const wanted = new Map(
  manifests
    .flatMap((manifest) => [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies])
    .flatMap((group) => Object.entries(group))
    .filter(([name]) => !name.startsWith('@hyponema/')),
)

describe('docs/decisions/0002-dependencies.md', () => {
  it.each([...wanted.keys()])('names %s', (name) => {
    expect(text).toContain(`\`${name}\``)
  })

  it('has no row for what is not used any more', () => {
    expect(rows.map(([name = '']) => name).filter((name) => !wanted.has(name))).toEqual([])
  })

  it.each(rows)('says of %s the version that is installed, its licence and whether it runs something', (...cells) => {
    const [name = '', version, licence, , atInstall] = cells
    expect(version).toBe(wanted.get(name))
    const path = join(root, 'node_modules', name, 'package.json')
    // A binary for another platform than ours.
    if (!existsSync(path)) return
    const installed = installedSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    expect([installed.version, installed.license]).toEqual([version, licence])
    const runs = ['preinstall', 'install', 'postinstall'].some((script) => script in installed.scripts)
    expect(atInstall !== 'nothing').toBe(runs)
  })
})
