/** How people say that they do not want to be contacted any more, and what sounds like it. Used by decide-refusals.ts alone. */
import { englishRefusals } from './english-refusals.ts'
import { frenchRefusals } from './french-refusals.ts'
import { germanRefusals } from './german-refusals.ts'
import type { RefusalTable } from './refusal-table.ts'
import { spanishRefusals } from './spanish-refusals.ts'

export const refusalWords: readonly RefusalTable[] = [englishRefusals, germanRefusals, frenchRefusals, spanishRefusals]

/** Texts that mean it where nothing else is said: what a person answers to a text message. */
export const refusalsAlone: readonly string[] = [
  'unsubscribe',
  'stop calling',
  'please stop calling',
  'stop calling please',
  'opt out',
  'optout',
  'stopall',
  'stop all',
  'désabonner',
  'abbestellen',
  'darse de baja',
  'dar de baja',
]
