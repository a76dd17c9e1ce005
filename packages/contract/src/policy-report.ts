/** What is shown of a policy when it is saved: how well the zones that are made of examples tell apart what is meant. */
import { z } from 'zod'
import { strictFields } from './strict-fields.ts'

const shareSchema = z.number().min(0).max(1)

export const policyReportSchema = strictFields({
  zones: z.array(
    strictFields({
      rule_id: z.string(),
      examples: z.int(),
      threshold: shareSchema.meta({ description: 'From here on a sentence is alike' }),
      detection: shareSchema.meta({
        description: 'Share of the examples that would be found if they were not among the examples',
      }),
      false_alarms: shareSchema.meta({
        description: 'Share of counter examples and ordinary sentences that would be found wrongly',
      }),
      hints: z.array(z.string()).meta({ description: 'What would make it better' }),
    }),
  ),
  problems: z
    .array(strictFields({ pointer: z.string(), detail: z.string() }))
    .meta({ description: 'Why a draft with examples would not compile, with a pointer into the draft' }),
}).meta({ id: 'PolicyReport' })
export type PolicyReportBody = z.infer<typeof policyReportSchema>
