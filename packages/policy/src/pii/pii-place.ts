import type { PiiKind } from '@hyponema/contract'

/** Where something personal stands in a text, half open. */
export interface PiiPlace {
  readonly kind: PiiKind
  readonly start: number
  readonly end: number
}
