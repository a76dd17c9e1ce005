import type { DocumentDiff } from '@hyponema/contract'
import { compareJson } from './compare-json.ts'

/** More are another document; who compares those reads the two. */
const maxChanges = 1000

type Side = { readonly name: number | 'draft'; readonly document: unknown }

/** The answer of a diff, rule by rule. */
export function renderDiff(from: Side, to: Side): DocumentDiff {
  const changes = compareJson(from.document, to.document)
  return {
    from: from.name,
    to: to.name,
    changes: changes.slice(0, maxChanges).map((change) => ({ ...change })),
    complete: changes.length <= maxChanges,
  }
}
