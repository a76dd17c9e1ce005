/** What a pattern of an order is made of. */
import type { OrderWord } from './order-words.ts'

/** Found by their form and not by their words (order-signs.ts). */
export const orderSigns = ['chatToken', 'roleMark', 'colon', 'quote', 'toolName', 'place'] as const
export type OrderSign = (typeof orderSigns)[number]

export type OrderPart = OrderWord | OrderSign

export interface OrderStep {
  readonly any: readonly OrderPart[]
  /** Words between it and the step before; nothing at the first step. */
  readonly within?: number
  /** At least so many words stand between. */
  readonly apart?: number
}

export interface OrderPattern {
  readonly kind: string
  readonly steps: readonly OrderStep[]
  /** One of these right before the first step makes it something else: "never ignore", "you can modify". */
  readonly notBehind?: readonly OrderPart[]
  /** Between two steps it makes it something else. */
  readonly notBetween?: readonly OrderPart[]
  /** Right behind a step, and before the next, it does: "add your number" is no order to a model. */
  readonly notNext?: readonly OrderPart[]
  /** Right behind the last step. */
  readonly notBefore?: readonly OrderPart[]
}
