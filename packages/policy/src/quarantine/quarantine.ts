/**
 * Threat: text that nobody of ours wrote gives orders to the model.
 * Rule: at the stages of documents and answers of tools each sentence that does is redacted: a marker stays, the sentence goes to
 * the decision. It is a floor: no policy weakens it. A message of the person is never touched by it.
 * On failure: the stage's safe default, which leaves the whole piece out.
 */
import type { Decision } from '@hyponema/contract'
import { builtInRules } from '../compile/built-in-rules.ts'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { allowDecision } from '../decide/rule-decision.ts'
import { foldForRecord } from '../fold/fold-for-record.ts'
import { findOrders } from './find-orders.ts'

/** The decision about a text of a document or a tool. Its spans are the lines or sentences to take out. */
export function quarantine(
  policy: CompiledPolicy,
  { stage, text }: { readonly stage: 'retrieval' | 'tool_result'; readonly text: string },
  mode: Decision['mode'],
): Decision {
  const allowed = allowDecision(policy, stage, mode)
  const orders = findOrders(text)
  if (orders.length === 0) return allowed
  const facts: Record<string, number> = {}
  for (const { kind } of orders) facts[`orders:${kind}`] = (facts[`orders:${kind}`] ?? 0) + 1
  const { ruleId } = builtInRules.addressesTheModel
  const places = new Map(orders.map((order) => [`${order.start}-${order.end}`, order]))
  return {
    ...allowed,
    action: 'redact',
    matches: [...places.values()].map(({ start, end, view }) => ({
      ruleId,
      view,
      span: { start, end },
      folded: foldForRecord(text.slice(start, end)),
    })),
    facts,
    floor: true,
  }
}
