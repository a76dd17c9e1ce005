import { policyDocumentSchema } from '@hyponema/contract'
import type { z } from 'zod'
import { compilePolicy } from '../compile/compile-policy.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { testIdentity } from './compile-zones.ts'

type Rules = NonNullable<z.input<typeof policyDocumentSchema>['tool_rules']>

/** A policy of one layer with these rules for tools; fails the test when it does not compile. */
export function compileToolRules(rules: Rules): CompiledPolicy {
  const document = policyDocumentSchema.parse({ tool_rules: rules })
  const result = compilePolicy({ layers: [{ layer: 'agent', document }], identity: testIdentity })
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.policy
}
