import type { PolicyDocument } from '@hyponema/contract'
import { mapRules } from './map-rules.ts'

/** The same document with every rule a floor: what the installation says, no session can be too old for. */
export function raiseFloors(document: PolicyDocument): PolicyDocument {
  const { fatigue, pii } = document
  return {
    ...document,
    ...mapRules(document, (rules) => rules.map((rule) => ({ ...rule, floor: true }))),
    ...(fatigue === undefined ? {} : { fatigue: { ...fatigue, floor: true } }),
    ...(pii === undefined ? {} : { pii: { ...pii, floor: true } }),
  }
}
