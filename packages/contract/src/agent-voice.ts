import { z } from 'zod'
import { baseUrlSchema } from './base-url.ts'
import { idSchema } from './ids.ts'
import { languageSchema } from './language.ts'
import { strictFields } from './strict-fields.ts'

/** The voices that are built in and need no key. */
export const fliteVoices = ['slt', 'rms', 'awb', 'kal16', 'kal'] as const

const speechToTextSchema = strictFields({
  provider: z.enum(['deepgram']),
  base_url: baseUrlSchema.optional(),
  model: z.string().min(1).max(100).default('nova-3'),
  language: languageSchema.optional().meta({ description: 'What people speak; absent: as persona.language, else en' }),
  credential_id: idSchema('credential').meta({
    description: 'A sealed credential of kind `speech`. When it is deleted, voice sessions do not begin',
  }),
})

const textToSpeechSchema = z.discriminatedUnion('provider', [
  strictFields({
    provider: z.literal('flite').meta({ description: 'Built in, English, needs no key' }),
    voice: z.enum(fliteVoices).default('slt'),
  }),
  strictFields({
    provider: z.literal('elevenlabs'),
    base_url: baseUrlSchema.optional(),
    voice_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected the id of a voice: letters, digits, - and _'),
    model: z
      .string()
      .regex(/^[a-z0-9_.-]{1,100}$/)
      .default('eleven_flash_v2_5'),
    credential_id: idSchema('credential').meta({ description: 'A sealed credential of kind `voice`' }),
  }),
])

const spokenLine = z.string().trim().min(1).max(300)

/** How an agent listens and speaks. An agent without it holds text sessions only. */
export const agentVoiceSchema = strictFields({
  speech_to_text: speechToTextSchema
    .optional()
    .meta({ description: 'Absent: the agent speaks, and people type, which takes a session of `voice+text`' }),
  text_to_speech: textToSpeechSchema.prefault({ provider: 'flite' }),
  filler: strictFields({
    after_ms: z.int().min(300).max(10_000).default(1500),
    text: spokenLine,
  })
    .optional()
    .meta({ description: 'Said once in a turn when the model has not answered after so long; passes the output gate' }),
  idle: strictFields({
    after_seconds: z.int().min(5).max(300).default(20).meta({ description: 'Silence of both sides before a prompt' }),
    prompt: spokenLine.default('Are you still there?'),
    max_prompts: z.int().min(0).max(5).default(2),
    goodbye: spokenLine.default('I will end our conversation now. Goodbye.'),
  }).prefault({}),
}).meta({ id: 'AgentVoice' })

export type AgentVoice = z.infer<typeof agentVoiceSchema>
