import { describe, expect, it } from 'vitest'
import { parseSource } from './parse-source.ts'
import { readSources } from './read-sources.ts'
import type { Sample } from './wall.ts'
import { walls } from './walls.ts'

const sources = readSources()

describe('the analyser', () => {
  it.each([
    'packages/contract/src/',
    'packages/policy/src/',
    'packages/server/src/',
    'packages/widget/src/',
    'test/',
    'tools/',
  ])('reads files below %s', (folder) => {
    expect(sources.filter((source) => source.path.startsWith(folder)).length).toBeGreaterThan(0)
  })

  it('sees imports, uses of globals, members, types, claims and comments in the real tree', () => {
    const server = sources.filter((source) => source.path.startsWith('packages/server/src/'))
    expect(server.flatMap((source) => source.edges).length).toBeGreaterThan(server.length / 2)
    expect(server.flatMap((source) => source.references).length).toBeGreaterThan(server.length)
    expect(server.flatMap((source) => source.members).length).toBeGreaterThan(server.length)
    expect(server.flatMap((source) => source.types).length).toBeGreaterThan(100)
    expect(server.flatMap((source) => source.types).flatMap((type) => type.brands)).toContain('Cleared')
    expect(server.flatMap((source) => source.claims).map((claim) => claim.type)).toContain('Cleared')
    expect(server.flatMap((source) => source.bindings).length).toBeGreaterThan(server.length)
    expect(server.flatMap((source) => source.comments).length).toBeGreaterThan(server.length / 2)
  })
})

describe.each(walls)('$name', (wall) => {
  it('holds in the repository', () => {
    expect(wall.check(sources).map(({ path, line, found }) => `${path}:${line} ${found}`)).toEqual([])
  })

  it.each(wall.planted)('finds $name', (planted) => {
    const found = wall.check(filesOf(planted)).map((violation) => violation.path)
    expect([...new Set(found)].toSorted()).toEqual([...planted.at].toSorted())
  })

  it.each(wall.innocent)('lets pass $name', (sample) => {
    expect(wall.check(filesOf(sample))).toEqual([])
  })
})

function filesOf(sample: Sample) {
  return Object.entries(sample.files).map(([path, text]) => parseSource({ path, text }))
}
