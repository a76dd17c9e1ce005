import { z } from 'zod'
import { idSchema } from './ids.ts'
import { timestampSchema } from './page.ts'
import { policyDocumentSchema } from './policy-document.ts'
import { scriptDocumentSchema } from './script-document.ts'

const variableNameSchema = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and _')

/** An exact web origin, or `self` for the installation's own public origin at the time of the request. */
const originSchema = z
  .string()
  .max(200)
  .refine((text) => text === 'self' || isOrigin(text), {
    message: 'expected `self` or an origin such as https://example.com',
  })

/** Scheme, host and optional port in canonical form: lower case, no path, no default port. */
function isOrigin(text: string): boolean {
  return (
    /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/.test(text) &&
    !/^(?:http:.*:80|https:.*:443)$/.test(text)
  )
}

export const modelSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('scripted'), script: scriptDocumentSchema }),
    z.strictObject({
      kind: z.literal('openai_compatible'),
      provider: z
        .enum(['openai', 'groq', 'mistral', 'openrouter', 'together', 'ollama', 'vllm', 'custom'])
        .meta({ description: 'Chooses the base URL; `custom`, `ollama` and `vllm` need base_url' }),
      base_url: z.url().max(500).optional(),
      model: z.string().min(1).max(200),
      credential_id: idSchema('credential')
        .optional()
        .meta({ description: 'A sealed credential of kind `model`. No key, no call.' }),
      temperature: z.number().min(0).max(2).optional(),
      max_output_tokens: z
        .int()
        .min(1)
        .max(4096)
        .default(512)
        .meta({ description: 'A spoken reply of 512 tokens lasts two minutes' }),
    }),
  ])
  .meta({ id: 'AgentModel' })

/** The five controls that the launch gate asks a sensitive agent for (product.md). */
export const launchControls = [
  'no_go_zones',
  'escalation_rules',
  'sleep_windows',
  'fatigue',
  'topic_cooldowns',
] as const

export const agentDocumentSchema = z
  .strictObject({
    persona: z.strictObject({
      title: z
        .string()
        .min(1)
        .max(80)
        .default('AI assistant')
        .meta({ description: 'Shown beside the name on the talk page' }),
      prompt: z.string().min(1).max(20_000),
      first_message: z
        .string()
        .min(1)
        .max(2000)
        .optional()
        .meta({ description: 'Opens the conversation; passes the output gate like any reply' }),
      language: z
        .string()
        .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
        .default('en'),
    }),
    model: modelSchema,
    tools: z
      .array(z.enum(['book_slot']))
      .max(16)
      .default([])
      .meta({
        description: 'Built-in tools. `book_slot` is the demo tool; it books in the memory of the session only',
      }),
    notes: z
      .array(z.strictObject({ name: variableNameSchema, text: z.string().min(1).max(8000) }))
      .max(10)
      .default([]),
    dynamic_variables: z
      .array(z.strictObject({ name: variableNameSchema, default: z.string().max(500).optional() }))
      .max(50)
      .default([]),
    policy: policyDocumentSchema,
    limits: z
      .strictObject({
        max_turns: z.int().min(1).max(500).default(100),
        max_session_seconds: z.int().min(10).max(3600).default(3600),
        max_tool_calls: z.int().min(0).max(100).default(20),
      })
      .prefault({}),
    allowed_origins: z
      .array(originSchema)
      .max(20)
      .default([])
      .meta({ description: 'Pages that may use browser tokens of this agent' }),
    overridable: z
      .array(z.enum(['persona.first_message', 'persona.language']))
      .max(2)
      .default([]),
    sensitivity: z.enum(['ordinary', 'sensitive']).default('ordinary'),
    waivers: z
      .array(
        z.strictObject({
          control: z.enum(launchControls),
          reason: z.string().min(10).max(500),
          name: z.string().min(1).max(100).meta({ description: 'The person who answers for it' }),
        }),
      )
      .max(5)
      .default([]),
  })
  .meta({ id: 'AgentDocument' })

export type AgentDocument = z.infer<typeof agentDocumentSchema>

const nameSchema = z.string().trim().min(1).max(80)

export const createAgentSchema = z
  .strictObject({ name: nameSchema, document: agentDocumentSchema })
  .meta({ id: 'CreateAgent' })

export const updateAgentSchema = z
  .strictObject({
    name: nameSchema.optional(),
    document: agentDocumentSchema.optional(),
    draft_revision: z
      .int()
      .optional()
      .meta({ description: 'When given, the draft is changed only if it still has this revision' }),
  })
  .meta({ id: 'UpdateAgent' })

export const publishAgentSchema = z.strictObject({ note: z.string().max(500).optional() }).meta({ id: 'PublishAgent' })

export const rollBackAgentSchema = z
  .strictObject({ version: z.int().min(1), reason: z.string().max(500).optional() })
  .meta({ id: 'RollBackAgent' })

export const agentSchema = z
  .strictObject({
    id: idSchema('agent'),
    name: z.string(),
    draft: agentDocumentSchema,
    draft_revision: z.int(),
    published_version: z.int().nullable(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Agent' })

export const agentSummarySchema = agentSchema.omit({ draft: true }).meta({ id: 'AgentSummary' })

export const agentVersionSchema = z
  .strictObject({
    agent_id: idSchema('agent'),
    version: z.int(),
    document: agentDocumentSchema,
    sha256: z.string().meta({ description: 'SHA-256 of the canonical document (RFC 8785), hex' }),
    note: z.string().nullable(),
    published_at: timestampSchema,
    published_by: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'AgentVersion' })
