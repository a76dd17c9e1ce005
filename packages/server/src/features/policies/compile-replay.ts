import type { CompiledPolicy, PolicyLayer } from '@hyponema/policy'
import { type CompileLayersOptions, compileLayers } from './compile-layers.ts'
import type { HeldLayers } from './find-layers.ts'
import { replaceLayer } from './replace-layer.ts'

export type ReplayedPolicies = { readonly before: CompiledPolicy; readonly next: CompiledPolicy }

/**
 * What a session was held to, and what it would be held to with this layer in the place of the one that it is called like. Throws
 * policy.does_not_compile: the author is told of lines that cannot stand, as at a publish; but not of what gave way to floors already.
 */
export function compileReplay(
  held: HeldLayers,
  layer: PolicyLayer,
  options: Pick<CompileLayersOptions, 'id' | 'version' | 'own'>,
): ReplayedPolicies {
  const before = compileLayers(held, { ...options, linesGiveWay: true })
  const linesGiveWay = before.replacedLines.length > 0
  return { before, next: compileLayers(replaceLayer(held, layer), { ...options, linesGiveWay }) }
}
