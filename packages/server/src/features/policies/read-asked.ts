import { stages } from '@hyponema/contract'
import { z } from 'zod'
import type { Asked } from './replay-decision.ts'

const askedSchema = z.object({ event: z.looseObject({ stage: z.enum(stages) }), facts: z.looseObject({}) })

/** What was asked, as it was stored by ourselves. Throws a ZodError for anything else. */
export function readAsked(value: unknown): Asked {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- we sealed it; the engine refuses what it cannot read
  return askedSchema.parse(value) as unknown as Asked
}
