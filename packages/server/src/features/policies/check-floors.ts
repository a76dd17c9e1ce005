import type { PolicyDocument, Uuid } from '@hyponema/contract'
import { compilePolicy, lintDocument, type PolicyLayer, parsePolicy, runPolicyTests } from '@hyponema/policy'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { isKnownZone, readZoneTransitions } from '../../platform/time/read-zone-transitions.ts'
import { findLayersAbove } from './find-layers.ts'
import { raiseFloors } from './raise-floors.ts'

const identity = { id: 'installation', version: 0, sha256: '' }

/** The floors of a file. Throws StartupRefusal with every line that is wrong. */
export function checkFloors(text: string, file: string): PolicyDocument {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw refused(file, parsed.diagnostics)
  const layer: PolicyLayer = { layer: 'installation', document: raiseFloors(parsed.document) }
  const compiled = compilePolicy({ layers: [layer], identity })
  const errors = lintDocument(parsed.document, { isKnownZone }).filter(({ severity }) => severity === 'error')
  if (!compiled.ok || errors.length > 0) throw refused(file, [...(compiled.ok ? [] : compiled.diagnostics), ...errors])
  const failures = runPolicyTests(compiled.policy, [layer], readZoneTransitions)
  if (failures.length === 0) return parsed.document
  throw refused(
    file,
    failures.map(({ pointer, expected, found }) => ({
      pointer,
      message: `expected ${expected}, found ${found}`,
      fix: '',
    })),
  )
}

/** Why an agent cannot stand beside these floors as it is written; undefined when it can. */
export async function refusesFloors(
  tx: WorkspaceTx,
  agent: { readonly id: Uuid; readonly policy: PolicyDocument },
  floors: PolicyDocument,
): Promise<string | undefined> {
  const above = (await findLayersAbove(tx, agent.id)).filter(({ layer }) => layer !== 'installation')
  const layers: readonly PolicyLayer[] = [
    { layer: 'installation', document: raiseFloors(floors) },
    ...above,
    { layer: 'agent', document: agent.policy },
  ]
  const compiled = compilePolicy({ layers, identity })
  return compiled.ok
    ? undefined
    : compiled.diagnostics.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')
}

function refused(
  file: string,
  diagnostics: readonly { pointer: string; line?: number; column?: number; message: string; fix: string }[],
): StartupRefusal {
  const lines = diagnostics.map(({ pointer, line, column, message, fix }) => {
    const place = line === undefined ? pointer : `${line}:${column ?? 1}`
    return `${file}:${place}: ${message}${fix === '' ? '' : `; ${fix}`}`
  })
  return new StartupRefusal(lines.join('\n'))
}
