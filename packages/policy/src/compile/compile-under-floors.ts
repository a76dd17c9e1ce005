/**
 * Threat: a lower layer keeps a floor off its sessions by a line or a zone that cannot stand beside it.
 * Rule: rules never give way, lines do. A line of a floor that a zone of a lower layer forbids is said all the same: that zone lets
 * this one sentence pass. Any other line that a zone forbids is replaced by one of ours, and where that is forbidden too, nothing is
 * said in its place. What was replaced is told.
 * On failure: diagnostics, and no policy: a session that cannot follow a floor must not go on without it.
 */
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import { cannedLines } from '../gate/canned-lines.ts'
import { builtInLine } from './built-in-line.ts'
import { type CompileOptions, type CompileResult, compilePolicy, type PolicyLayer } from './compile-policy.ts'
import { layerPrefix } from './compiled-sections.ts'
import { isFloorLine } from './is-floor-line.ts'
import { layerNames } from './layer-names.ts'
import { replaceLine } from './replace-line.ts'

/** What a line has come to: said all the same, replaced by ours, or not said. Each only once and in this order, so this ends. */
const steps = ['passes', 'ours', 'none'] as const
type Step = (typeof steps)[number]

interface ForbiddenLine {
  readonly layer: PolicyLayer
  readonly pointer: string
  /** Ids of the rules that forbid it. */
  readonly violated: readonly string[]
  readonly diagnostic: PolicyDiagnostic
}

/** For sessions under documents that are published: the same layers always give the same policy. Authors get `compilePolicy`. */
export function compileUnderFloors(options: CompileOptions): CompileResult {
  const taken = new Map<string, Step>()
  const exceptions = new Map<string, string[]>()
  const replaced = new Map<string, PolicyDiagnostic>()
  let { layers } = options
  for (;;) {
    const result = compilePolicy({ ...options, layers, exceptions })
    if (result.ok) return { ok: true, policy: { ...result.policy, replacedLines: [...replaced.values()] } }
    const forbidden = forbiddenLines(layers, result.diagnostics)
    if (forbidden === undefined) return result
    for (const line of forbidden) {
      const name = `${layerPrefix(line.layer)}${line.pointer}`
      const step = nextStep(taken.get(name), line, layers)
      if (step === undefined) return result
      taken.set(name, step)
      if (step === 'passes') {
        for (const ruleId of line.violated) exceptions.set(ruleId, [...(exceptions.get(ruleId) ?? []), textOf(line)])
        continue
      }
      replaced.set(name, line.diagnostic)
      layers = layers.map((one) => (layerPrefix(one) === layerPrefix(line.layer) ? withoutLine(one, line, step) : one))
    }
  }
}

/** Undefined where something else is wrong, too. */
function forbiddenLines(
  layers: readonly PolicyLayer[],
  diagnostics: readonly PolicyDiagnostic[],
): readonly ForbiddenLine[] | undefined {
  const byLine = Map.groupBy(diagnostics, ({ layer, pointer }) => `${layer}${pointer}`)
  const lines: ForbiddenLine[] = []
  for (const [diagnostic, ...others] of byLine.values()) {
    if (diagnostic === undefined) continue
    const violated = [diagnostic, ...others].flatMap(({ violates }) => violates ?? [])
    const layer = layers.find((one) => layerPrefix(one) === diagnostic.layer)
    if (layer === undefined || violated.length <= others.length) return undefined
    lines.push({ layer, pointer: diagnostic.pointer, violated, diagnostic })
  }
  return lines
}

function nextStep(last: Step | undefined, line: ForbiddenLine, layers: readonly PolicyLayer[]): Step | undefined {
  if (last === undefined && isFloorLine(line.layer.document, line.pointer) && areLowerZones(line, layers))
    return 'passes'
  return last === undefined ? 'ours' : steps[steps.indexOf(last) + 1]
}

/** Rules of other kinds have no exceptions: personal data, and claims to be human. */
function areLowerZones({ layer, violated }: ForbiddenLine, layers: readonly PolicyLayer[]): boolean {
  const place = layerNames.indexOf(layer.layer)
  const lower = layers.filter((one) => layerNames.indexOf(one.layer) > place)
  const zones = new Set(
    lower.flatMap((one) => [
      ...one.document.no_go_zones.map(({ name }) => `${layerPrefix(one)}/${name}`),
      ...one.document.topic_cooldowns.map(({ name }) => `${layerPrefix(one)}/topic.${name}`),
    ]),
  )
  return violated.every((ruleId) => zones.has(ruleId))
}

function textOf({ layer, pointer }: ForbiddenLine): string {
  return cannedLines(layer.document).find((one) => one.pointer === pointer)?.line ?? ''
}

function withoutLine(layer: PolicyLayer, { pointer }: ForbiddenLine, step: Exclude<Step, 'passes'>): PolicyLayer {
  const line = step === 'ours' ? builtInLine(pointer) : undefined
  return { ...layer, document: replaceLine(layer.document, pointer, line) }
}
