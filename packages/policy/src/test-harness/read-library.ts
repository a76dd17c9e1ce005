import { readFileSync } from 'node:fs'
import { type PolicyLibraryName, zoneFileNames } from '@hyponema/contract'
import { compilePolicy, type PolicyLayer } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { parsePolicy } from '../document/parse-policy.ts'
import { testIdentity } from './compile-zones.ts'

/** A document of the library as a layer of a workspace. */
export function readLibrary(name: PolicyLibraryName): PolicyLayer {
  const path = zoneFileNames.some((zoneFile) => zoneFile === name) ? `zones/${name}.yaml` : `${name}.yaml`
  const parsed = parsePolicy(readFileSync(new URL(`../../../../policies/${path}`, import.meta.url), 'utf8'))
  if (!parsed.ok) throw new Error(`${path}: ${JSON.stringify(parsed.diagnostics)}`)
  return { layer: 'workspace', name, document: parsed.document }
}

export function compileLayers(layers: readonly PolicyLayer[]): CompiledPolicy {
  const result = compilePolicy({ layers, identity: testIdentity })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}
