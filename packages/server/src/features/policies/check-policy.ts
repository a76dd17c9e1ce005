import type { PolicyDocument, policyCheckSchema } from '@hyponema/contract'
import type { PlaceOf, PolicyLayer, PolicyLint } from '@hyponema/policy'
import type { z } from 'zod'
import { policyThread } from './judge-large.ts'

type CheckOptions = {
  readonly name: string
  readonly above: readonly PolicyLayer[]
  /** Where in its text something stands, if the document came as text. */
  readonly placeOf?: PlaceOf
}

export type PolicyCheck = z.infer<typeof policyCheckSchema>

/** Everything that can be said of a document without putting it in force: lint, compiling below `above`, its own tests. */
export async function checkPolicy(
  document: PolicyDocument,
  { name, above, placeOf = () => ({}) }: CheckOptions,
): Promise<PolicyCheck> {
  const own: PolicyLayer = { layer: 'workspace', name, document }
  const compiled = await policyThread.judge({
    layers: [...above, own],
    linted: document,
    tested: own,
    wantsZones: true,
  })
  const refused: readonly PolicyLint[] = compiled.ok
    ? []
    : compiled.diagnostics.map((diagnostic) => ({ severity: 'error', ...diagnostic }))
  const failures = compiled.ok ? compiled.failures : []
  const diagnostics = [...refused, ...compiled.lint].map(({ severity, layer, pointer, message, fix }) => {
    const isOwn = layer === undefined || layer === `workspace/${name}`
    // What stands in another layer has no place here.
    const said = isOwn ? message : `in ${layer} at ${pointer}: ${message}`
    return { severity, pointer: isOwn ? pointer : '', ...(isOwn ? placeOf(pointer) : {}), message: said, fix }
  })
  return {
    ok: failures.length === 0 && diagnostics.every(({ severity }) => severity !== 'error'),
    diagnostics: withoutRepeats(diagnostics),
    tests: {
      run: compiled.ok ? document.tests.length : 0,
      failures: failures.map(({ pointer, expected, found: seen }) => ({ pointer, expected, found: seen })),
    },
    zones: compiled.ok ? compiled.zones : [],
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
