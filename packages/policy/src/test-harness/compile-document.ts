import { policyDocumentSchema } from '@hyponema/contract'
import { compilePolicy } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { testIdentity } from './compile-zones.ts'

const layers = ['installation', 'workspace', 'agent'] as const

/** A policy of up to three layers, the lowest last; fails the test when it does not compile. */
export function compileDocument(...written: readonly unknown[]): CompiledPolicy {
  const own = layers.slice(-written.length)
  const result = compilePolicy({
    layers: own.map((layer, place) => ({ layer, document: policyDocumentSchema.parse(written[place]) })),
    identity: testIdentity,
  })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}
