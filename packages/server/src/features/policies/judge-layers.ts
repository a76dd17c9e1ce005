import type { PolicyReportBody } from '@hyponema/contract'
import { compilePolicy, type PolicyDiagnostic, type PolicyLayer, type PolicyTestFailure } from '@hyponema/policy'
import { renderZoneReport } from './render-zone-report.ts'
import { runTests } from './run-tests.ts'

/** Layers that are to be compiled without being put in force. Plain data: it may go to a thread. */
export type LayersQuestion = {
  readonly layers: readonly PolicyLayer[]
  /** The layer whose own tests are run. */
  readonly tested?: PolicyLayer
  /** Whether the examples of each zone are reported on. */
  readonly wantsZones?: boolean
}

export type LayersVerdict =
  | { readonly ok: false; readonly diagnostics: readonly PolicyDiagnostic[] }
  | {
      readonly ok: true
      readonly failures: readonly PolicyTestFailure[]
      readonly zones: PolicyReportBody['zones']
    }

/** What compiling says of them, and their own tests. */
export async function judgeLayers({ layers, tested, wantsZones = false }: LayersQuestion): Promise<LayersVerdict> {
  // What is judged here decides nothing, so nothing has to name it.
  const compiled = compilePolicy({ layers, identity: { id: 'judged', version: 0, sha256: '' } })
  if (!compiled.ok) return compiled
  const failures = tested === undefined ? [] : await runTests(compiled.policy, tested)
  return { ok: true, failures, zones: wantsZones ? renderZoneReport(compiled.policy) : [] }
}
