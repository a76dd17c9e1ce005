import type { PolicyLayer } from '../compile/compile-policy.ts'
import { layerPrefix } from '../compile/compiled-sections.ts'
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import { explainRegex } from '../match/explain-regex.ts'
import { refuseArgumentRegex } from './check-constraints.ts'

/** Patterns of arguments that cannot be used. */
export function lintToolRules(source: PolicyLayer): readonly PolicyDiagnostic[] {
  const layer = layerPrefix(source)
  return source.document.tool_rules.flatMap(({ constraints }, rule) =>
    constraints.flatMap(({ regex }, place) => {
      const message = regex === undefined ? undefined : refuseArgumentRegex(regex)
      const pointer = `/tool_rules/${rule}/constraints/${place}/regex`
      return message === undefined ? [] : [{ pointer, layer, ...explainRegex(message) }]
    }),
  )
}
