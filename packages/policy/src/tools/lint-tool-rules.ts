import type { PolicyDocument } from '@hyponema/contract'
import { layerPrefix } from '../compile/compiled-sections.ts'
import type { PolicyDiagnostic } from '../document/diagnostic.ts'
import { explainRegex } from '../match/explain-regex.ts'
import { refuseArgumentRegex } from './check-constraints.ts'

/** Patterns of arguments that cannot be used. */
export function lintToolRules(
  source: Parameters<typeof layerPrefix>[0] & { readonly document: PolicyDocument },
): readonly PolicyDiagnostic[] {
  const layer = layerPrefix(source)
  return source.document.tool_rules.flatMap(({ constraints }, rule) =>
    constraints.flatMap(({ regex }, place) => {
      const message = regex === undefined ? undefined : refuseArgumentRegex(regex)
      const pointer = `/tool_rules/${rule}/constraints/${place}/regex`
      return message === undefined ? [] : [{ pointer, layer, ...explainRegex(message) }]
    }),
  )
}
