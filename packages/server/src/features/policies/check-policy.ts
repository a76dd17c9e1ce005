import type { PolicyDocument, policyCheckSchema } from '@hyponema/contract'
import { compilePolicy, lintDocument, type PolicyLayer, type PolicyLint, runPolicyTests } from '@hyponema/policy'
import type { z } from 'zod'
import { isKnownZone, readZoneTransitions } from '../../platform/time/read-zone-transitions.ts'

export type PolicyCheck = z.infer<typeof policyCheckSchema>

/** Everything that can be said of a document without putting it in force: lint, compiling below `above`, its own tests. */
export function checkPolicy(
  document: PolicyDocument,
  { name, above }: { readonly name: string; readonly above: readonly PolicyLayer[] },
): PolicyCheck {
  const own: PolicyLayer = { layer: 'workspace', name, document }
  const found = lintDocument(document, { isKnownZone })
  const compiled = compilePolicy({ layers: [...above, own], identity: { id: name, version: 0, sha256: '' } })
  const refused: readonly PolicyLint[] = compiled.ok
    ? []
    : compiled.diagnostics.map((diagnostic) => ({ severity: 'error', ...diagnostic }))
  const failures = compiled.ok ? runPolicyTests(compiled.policy, [own], readZoneTransitions) : []
  const diagnostics = [...refused, ...found].map(({ severity, layer, pointer, line, column, message, fix }) => ({
    severity,
    // What stands in another layer has no place here.
    pointer: layer === undefined || layer === `workspace/${name}` ? pointer : '',
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    message: layer === undefined || layer === `workspace/${name}` ? message : `in ${layer} at ${pointer}: ${message}`,
    fix,
  }))
  return {
    ok: failures.length === 0 && diagnostics.every(({ severity }) => severity !== 'error'),
    diagnostics: withoutRepeats(diagnostics),
    tests: {
      run: compiled.ok ? document.tests.length : 0,
      failures: failures.map(({ pointer, expected, found: seen }) => ({ pointer, expected, found: seen })),
    },
  }
}

/** What compiling refuses, the lint says too. */
function withoutRepeats(diagnostics: PolicyCheck['diagnostics']): PolicyCheck['diagnostics'] {
  const said = new Set<string>()
  return diagnostics.filter(({ pointer, message }) => {
    const name = `${pointer} ${message}`
    const isNew = !said.has(name)
    said.add(name)
    return isNew
  })
}
