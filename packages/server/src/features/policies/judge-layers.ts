import type { PolicyDocument, PolicyReportBody } from '@hyponema/contract'
import {
  compilePolicy,
  lintDocument,
  type PolicyDiagnostic,
  type PolicyLayer,
  type PolicyLint,
  type PolicyTestFailure,
} from '@hyponema/policy'
import { isKnownZone } from '../../platform/time/read-zone-transitions.ts'
import { renderZoneReport } from './render-zone-report.ts'
import { runTests } from './run-tests.ts'

/** Layers that are to be compiled without being put in force. Plain data: it may go to a thread. */
export type LayersQuestion = {
  readonly layers: readonly PolicyLayer[]
  /** Looked through for what compiles and is no good. */
  readonly linted?: PolicyDocument
  /** The layer whose own tests are run. */
  readonly tested?: PolicyLayer
  /** Whether the examples of each zone are reported on. */
  readonly wantsZones?: boolean
}

export type LayersVerdict = { readonly lint: readonly PolicyLint[] } & (
  | { readonly ok: false; readonly diagnostics: readonly PolicyDiagnostic[] }
  | {
      readonly ok: true
      readonly failures: readonly PolicyTestFailure[]
      readonly zones: PolicyReportBody['zones']
    }
)

/** What lint and compiling say of them, and their own tests. */
export async function judgeLayers({
  layers,
  linted,
  tested,
  wantsZones = false,
}: LayersQuestion): Promise<LayersVerdict> {
  const lint = linted === undefined ? [] : lintDocument(linted, { isKnownZone })
  // What is judged here decides nothing, so nothing has to name it.
  const compiled = compilePolicy({ layers, identity: { id: 'judged', version: 0, sha256: '' } })
  if (!compiled.ok) return { ...compiled, lint }
  const failures = tested === undefined ? [] : await runTests(compiled.policy, tested)
  return { ok: true, lint, failures, zones: wantsZones ? renderZoneReport(compiled.policy) : [] }
}
