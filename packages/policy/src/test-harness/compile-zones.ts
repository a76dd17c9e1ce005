import { type NoGoZone, policyDocumentSchema } from '@hyponema/contract'
import { compilePolicy } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'

type ZoneInput = Partial<NoGoZone> & Pick<NoGoZone, 'name' | 'action'>

export const testIdentity = { id: 'policy_test', version: 1, sha256: '0'.repeat(64) } as const

/** A policy of one layer with these zones; fails the test when it does not compile. */
export function compileZones(zones: readonly ZoneInput[]): CompiledPolicy {
  const document = policyDocumentSchema.parse({ no_go_zones: zones })
  const result = compilePolicy({ layers: [{ layer: 'agent', document }], identity: testIdentity })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}
