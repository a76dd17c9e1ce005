import { z } from 'zod'
import { idSchema } from './ids.ts'
import { languageSchema } from './language.ts'
import { maxMessageCharacters } from './message-length.ts'
import { timestampSchema } from './page.ts'
import { strictFields } from './strict-fields.ts'
import { externalIdSchema } from './users.ts'

export const modalities = ['text', 'voice', 'voice+text'] as const
export const sessionStatuses = ['pending', 'in_progress', 'completed', 'failed'] as const
export const clients = ['browser', 'native'] as const

/** Why a session ended. */
export const endReasons = [
  'ended_by_backend',
  'ended_by_client',
  'ended_by_agent',
  'ended_by_policy',
  'escalated',
  'turn_limit',
  'token_limit',
  'idle',
  'client_lost',
  'provider_failed',
  'expired',
  'never_joined',
  'owner_lost',
  'server_stopped',
  'commit_failed',
] as const
export type EndReason = (typeof endReasons)[number]

export const createSessionSchema = strictFields({
  agent_id: idSchema('agent'),
  user_id: externalIdSchema.meta({ description: "The customer's own stable id of the person (external id)" }),
  modality: z.enum(modalities).default('text'),
  dynamic_variables: z
    .record(z.string().max(64), z.string().max(500))
    .default({})
    .refine((value) => Object.keys(value).length <= 50, { message: 'at most 50 variables' }),
  ttl_seconds: z.int().min(1).max(3600).optional().meta({
    description:
      'Text: how long the session and its token last, 900 unless said. Voice: how long the token waits for its one socket, 60 unless said, at most 300',
  }),
  client: z.enum(clients).default('native'),
  urgent: z.boolean().default(false).meta({
    description: 'The person says that it cannot wait; lets it in where a sleep window lets in what is urgent',
  }),
  overrides: strictFields({
    'persona.first_message': z.string().min(1).max(2000).optional(),
    'persona.language': languageSchema.optional(),
  }).default({}),
}).meta({ id: 'CreateSession' })

export const endSessionSchema = strictFields({}).meta({ id: 'EndSession', description: 'Nothing is asked for yet' })

export const sessionSchema = strictFields({
  id: idSchema('session'),
  agent_id: idSchema('agent'),
  agent_version: z.int(),
  user_id: idSchema('user'),
  modality: z.enum(modalities),
  client: z.enum(clients),
  status: z.enum(sessionStatuses),
  end_reason: z.enum(endReasons).nullable(),
  turn_count: z.int(),
  policy_sha256: z.string(),
  expires_at: timestampSchema,
  created_at: timestampSchema,
  started_at: timestampSchema.nullable(),
  ended_at: timestampSchema.nullable(),
}).meta({ id: 'Session' })

/** The answer to a creation: the session and its token, which is shown here only. */
export const createdSessionSchema = strictFields({
  id: idSchema('session'),
  status: z.enum(sessionStatuses),
  ws_url: z
    .string()
    .nullable()
    .meta({ description: 'The voice socket; its token travels in Sec-WebSocket-Protocol. null for text' }),
  signed_url: z
    .string()
    .nullable()
    .meta({ description: '`ws_url` with the token in the query, for clients that can do no other. null for text' }),
  messages_url: z.string().nullable().meta({ description: 'Where typed messages go; null for voice' }),
  token: z.string().nullable().meta({
    description:
      'A `turn` token for text, a `connect` token else; null when a repeated creation finds the session no longer pending',
  }),
  secret_already_shown: z.boolean().optional(),
  expires_at: timestampSchema,
}).meta({ id: 'CreatedSession' })

export const sendMessageSchema = z
  .union([
    strictFields({ text: z.string().min(1).max(maxMessageCharacters) }),
    strictFields({
      keypad: z
        .string()
        .regex(/^[0-9*#]{1,64}$/, 'expected keys of a phone: 0 to 9, * and #')
        .max(64)
        .meta({
          description: 'Keys that the person pressed: 1 confirms what the agent asked about, anything else refuses',
        }),
    }),
    strictFields({
      start: z.literal(true).meta({ description: 'Asks the agent to open the conversation; once, before any message' }),
    }),
  ])
  .meta({ id: 'SendMessage' })

export const turnSchema = strictFields({
  id: idSchema('turn'),
  session_id: idSchema('session'),
  sequence: z.int(),
  role: z.enum(['user', 'agent']),
  status: z.enum(['complete', 'cut', 'blocked']),
  text: z.string().meta({
    description: 'What was said and, for the agent, what its client took; cut back to a word where the turn was cut',
  }),
  tool_calls: z.array(strictFields({ call_id: z.string(), name: z.string(), status: z.enum(['ok', 'failed']) })),
  started_at: timestampSchema,
  ended_at: timestampSchema,
}).meta({ id: 'Turn' })
