/**
 * What the rules of all layers ask for, by direction and kind: of several rules about the same, the strictest; of equally strict
 * ones a floor, which the decision then says that it is.
 */
import {
  type PiiAction,
  type PiiDirection,
  type PiiKind,
  type PiiPolicy,
  piiActions,
  piiKinds,
} from '@hyponema/contract'
import type { CompiledRule } from '../compile/compiled-sections.ts'

export interface PiiDuty {
  readonly action: Exclude<PiiAction, 'allow'>
  /** Place of the rule in `sections.pii`. */
  readonly rule: number
}

export type PiiDuties = Readonly<Record<PiiDirection, ReadonlyMap<PiiKind, PiiDuty>>>

export function piiDuties(rules: readonly CompiledRule<PiiPolicy>[]): PiiDuties {
  const dutiesTo = (direction: PiiDirection): ReadonlyMap<PiiKind, PiiDuty> => {
    const duties = new Map<PiiKind, PiiDuty>()
    for (const [place, { rule, floor }] of rules.entries()) {
      for (const kind of piiKinds) {
        const action = rule.kinds[kind]?.[direction] ?? 'allow'
        const known = duties.get(kind)
        const stricter = piiActions.indexOf(action) - piiActions.indexOf(known?.action ?? 'allow')
        const isFirstFloor = floor && rules[known?.rule ?? place]?.floor !== true
        if (action !== 'allow' && (stricter > 0 || (stricter === 0 && isFirstFloor)))
          duties.set(kind, { action, rule: place })
      }
    }
    return duties
  }
  return {
    to_model: dutiesTo('to_model'),
    to_speech: dutiesTo('to_speech'),
    to_transcript: dutiesTo('to_transcript'),
    to_logs: dutiesTo('to_logs'),
  }
}
