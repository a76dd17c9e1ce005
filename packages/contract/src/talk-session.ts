import { z } from 'zod'
import { idSchema } from './ids.ts'
import { languageSchema } from './language.ts'
import { timestampSchema } from './page.ts'
import { sessionStatuses } from './sessions.ts'

/**
 * The answer to `POST /talk/{agent_id}/sessions`: what the talk page needs to hold one conversation and to say under which
 * terms. That route exists in the embedded default only.
 */
export const talkSessionSchema = z
  .strictObject({
    session: z.strictObject({
      id: idSchema('session').meta({ holds: 'id' }),
      status: z.enum(sessionStatuses),
      token: z.string().min(1).meta({
        holds: 'id',
        description:
          'Text: a `turn` token, for the Authorization header of messages_url. Voice: a `connect` token, for the sub-protocol of ws_url; it opens one socket',
      }),
      expires_at: timestampSchema,
      messages_url: z.string().min(1).nullable().meta({
        holds: 'catalogue',
        description: 'Absolute, or a path of the same origin. null: a voice session, whose messages go over ws_url',
      }),
      ws_url: z.string().min(1).nullable().meta({
        holds: 'catalogue',
        description: 'Absolute (ws or wss), or a path of the same origin. null: a text session',
      }),
    }),
    voice: z
      .strictObject({
        listens: z.boolean().meta({ description: 'False: no speech-to-text, so that people have to type' }),
      })
      .nullable()
      .meta({ description: 'null: a text session' }),
    agent: z.strictObject({
      name: z.string().min(1).meta({ holds: 'policy', description: 'As in "Riverside Clinic"' }),
      title: z.string().meta({ holds: 'policy', description: 'As in "AI receptionist"' }),
      language: languageSchema
        .optional()
        .meta({ holds: 'policy', description: 'What the agent speaks; absent when it was not set' }),
    }),
    retention: z.strictObject({
      days: z.int().positive().nullable().meta({ description: 'null: kept until somebody deletes it' }),
      sealed: z.boolean(),
    }),
    policy: z.strictObject({
      name: z.string().meta({ holds: 'policy' }),
      version: z.int().nonnegative(),
      sha256: z.string().meta({ holds: 'id' }),
    }),
  })
  .meta({ id: 'TalkSession' })

export type TalkSession = z.infer<typeof talkSessionSchema>
