import { compilePolicy, type PolicyLayer, parsePolicy, runPolicyTests } from '@hyponema/policy'
import { describe, expect, it } from 'vitest'
import { fencedBlocks } from './fenced-blocks.ts'
import { readPage } from './pages.ts'

const blocks = fencedBlocks(readPage('docs/policy.md').text)
const identity = { id: 'example', version: 1, sha256: '' }

function layersOf(text: string): readonly PolicyLayer[] {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  return [{ layer: 'agent', document: parsed.document }]
}

const morePages = ['docs/pii.md', 'docs/disclosure.md', 'docs/example-zones.md'].flatMap((page) =>
  fencedBlocks(readPage(page).text)
    .filter(({ info }) => info === 'yaml')
    .map(({ text, line }) => ({ page, text, line })),
)

describe('an example of a page about one control', () => {
  it.each(morePages)('compiles and passes its tests ($page, line $line)', ({ text }) => {
    const layers = layersOf(text)
    const compiled = compilePolicy({ layers, identity })
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics))
    expect(runPolicyTests(compiled.policy, layers)).toEqual([])
  })
})

describe('an example of docs/policy.md', () => {
  it.each(blocks.filter(({ info }) => info === 'yaml'))('compiles and passes its tests (line $line)', ({ text }) => {
    const layers = layersOf(text)
    const compiled = compilePolicy({ layers, identity })
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics))
    expect(runPolicyTests(compiled.policy, layers)).toEqual([])
  })

  it.each(blocks.filter(({ info }) => info === 'yaml refused'))('is refused (line $line)', ({ text }) => {
    expect(compilePolicy({ layers: layersOf(text), identity }).ok).toBe(false)
  })

  it('is of one of these kinds, and there are enough to learn from', () => {
    expect(new Set(blocks.map(({ info }) => info))).toEqual(new Set(['yaml', 'yaml refused']))
    expect(blocks.length).toBeGreaterThan(8)
  })
})
