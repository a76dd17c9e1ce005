/**
 * Threat: a conversation is held under a policy that does not compile, or under another one than its decisions name.
 * Rule: all layers are compiled together, so that a line of one is judged by the zones of all; their digest names them.
 * On failure: policy.does_not_compile with one pointer each; what was in force stays in force.
 */
import { type CompiledPolicy, compilePolicy, compileUnderFloors, type PolicyDiagnostic } from '@hyponema/policy'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import type { HeldLayers } from './find-layers.ts'

export type CompileLayersOptions = {
  /** What decisions name beside the digest. */
  readonly id: string
  readonly version: number
  /** The layer that the caller has before it, and where its document stands in what the caller sent. */
  readonly own: { readonly layer: string; readonly pointer: string }
  /**
   * For what is published already: a line that cannot stand beside the floors of now gives way to them, and the policy says which. Else
   * its author is told.
   */
  readonly linesGiveWay?: boolean
  /** Whose layers these are, where it is not clear from the request. */
  readonly whose?: string
}

/** All layers as one policy. Throws policy.does_not_compile. */
export function compileLayers({ layers, sha256 }: HeldLayers, options: CompileLayersOptions): CompiledPolicy {
  const compile = options.linesGiveWay === true ? compileUnderFloors : compilePolicy
  const compiled = compile({
    layers,
    identity: { id: options.id, version: options.version, sha256: sha256.toString('hex') },
    versions: { unicode: process.versions['unicode'] ?? 'unknown', timeZones: process.versions['tz'] ?? 'unknown' },
  })
  if (compiled.ok) return compiled.policy
  throw refusedLayers(compiled.diagnostics, options)
}

/** policy.does_not_compile with what is wrong, as the caller sees it. */
export function refusedLayers(
  diagnostics: readonly PolicyDiagnostic[],
  options: Pick<CompileLayersOptions, 'own' | 'whose'>,
): AppError {
  return new AppError('policy.does_not_compile', 'policy refused', {
    errors: diagnostics.map((diagnostic) => fieldError(diagnostic, options)),
  })
}

function fieldError(
  { layer, pointer, message, fix }: PolicyDiagnostic,
  { own, whose }: Pick<CompileLayersOptions, 'own' | 'whose'>,
): FieldError {
  const detail = `${message}; ${fix}${whose === undefined ? '' : ` (${whose})`}`
  if (layer === undefined || layer === own.layer) return { pointer: `${own.pointer}${pointer}`, detail }
  return { pointer: own.pointer, detail: `in ${layer} at ${pointer}: ${detail}` }
}
