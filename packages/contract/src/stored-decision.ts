import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'

/** A stored decision. `blocked_text` is opened for this answer only, and the opening is audited. */
export const storedDecisionSchema = z
  .strictObject({
    id: idSchema('decision'),
    session_id: idSchema('session'),
    turn_id: idSchema('turn').nullable(),
    stage: z.string(),
    action: z.string(),
    rule_ids: z.array(z.string()),
    mode: z.enum(['enforce', 'shadow']),
    floor: z.boolean(),
    policy_sha256: z.string(),
    engine_us: z.int().meta({ description: 'Time spent in the engine, microseconds' }),
    characters_heard: z.int().meta({ description: 'How much of the match had left in an earlier utterance' }),
    decision: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'The whole decision as the engine gave it' }),
    blocked_text: z.string().nullable(),
    replayable: z.boolean().meta({
      description: 'What the engine was asked is kept, so `hyponema policy explain` can take the decision again',
    }),
    created_at: timestampSchema,
  })
  .meta({ id: 'StoredDecision' })
