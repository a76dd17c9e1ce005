/** Every document of the library is read, compiled and tried with the cases that it brings along. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PolicyLibraryName, policyLibraryNames, readyPolicyNames, zoneFileNames } from '@hyponema/contract'
import { compilePolicy, type PolicyLayer, parsePolicy, runPolicyTests } from '@hyponema/policy'
import { describe, expect, it } from 'vitest'
import { readLibrary } from '../../packages/server/src/features/policies/read-library.ts'
import { readZoneTransitions } from '../../packages/server/src/platform/time/read-zone-transitions.ts'
import { root } from './pages.ts'

const identity = { id: 'library', version: 1, sha256: '' }

async function layerOf(name: PolicyLibraryName): Promise<PolicyLayer> {
  const parsed = parsePolicy(await readLibrary(name))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  return { layer: 'workspace', name, document: parsed.document }
}

function compiled(layers: readonly PolicyLayer[]) {
  const result = compilePolicy({ layers, identity })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}

describe('a policy of the library', () => {
  it.each(policyLibraryNames)('compiles, and comes out as its own tests say: %s', async (name) => {
    const layer = await layerOf(name)
    process.stdout.write(`${name}: ${layer.document.tests.length} tests\n`)
    expect(layer.document.tests.length).toBeGreaterThanOrEqual(15)
    const failures = runPolicyTests(compiled([layer]), [layer], readZoneTransitions)
    expect(failures.map((failure) => ({ ...failure, case: caseAt(layer, failure.pointer) }))).toEqual([])
  })

  it.each(readyPolicyNames)('has a rule of every section, and says who decides: %s', async (name) => {
    const { document } = await layerOf(name)
    const empty = Object.entries(document).filter(([, value]) => Array.isArray(value) && value.length === 0)
    expect(empty).toEqual([])
    expect([document.fatigue, document.pii, document.disclosure?.opening].includes(undefined)).toBe(false)
    expect(await readLibrary(name)).toContain('counsel')
  })

  it.each(zoneFileNames)('stops twenty cases of its own, as a message and as words of the agent: %s', async (name) => {
    const { tests } = (await layerOf(name)).document
    const stopped = (stage: 'input' | 'output') =>
      new Set(
        tests.flatMap(({ say, given, expect: { zone } }) => (given.stage === stage && zone === name ? [say] : [])),
      )
    const both = [...stopped('output')].filter((text) => stopped('input').has(text))
    expect(both.length).toBeGreaterThanOrEqual(20)
  })

  it('holds beside all zone files at once, within the limits of one policy', async () => {
    for (const name of readyPolicyNames)
      expect(compiled(await Promise.all([...zoneFileNames, name].map(layerOf))).zones.length).toBeGreaterThan(5)
  })

  it.each(['companion-adults', 'companion-minors'] as const)(
    'has the zone self-harm as its file has it: %s',
    async (name) => {
      const zoneOf = async (of: PolicyLibraryName) =>
        (await layerOf(of)).document.no_go_zones.find((zone) => zone.name === 'self-harm')
      expect(await zoneOf(name)).toEqual(await zoneOf('self-harm'))
    },
  )

  it('is packed with the server', () => {
    expect(readFileSync(join(root, 'tools/build.mjs'), 'utf8')).toContain("join(target, 'policies')")
  })
})

function caseAt({ document }: PolicyLayer, pointer: string): unknown {
  return document.tests[Number(pointer.split('/').at(-1))]
}
