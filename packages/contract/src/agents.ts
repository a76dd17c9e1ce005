import { z } from 'zod'
import { type AgentTool, agentToolSchema, nameOfTool, variableResolverSchema } from './agent-tools.ts'
import { agentVoiceSchema } from './agent-voice.ts'
import { baseUrlSchema } from './base-url.ts'
import { idSchema } from './ids.ts'
import { languageSchema } from './language.ts'
import { modelProviders } from './model-providers.ts'
import { timestampSchema } from './page.ts'
import { policyDocumentSchema } from './policy-document.ts'
import { policyReportSchema } from './policy-report.ts'
import { agentRetentionSchema } from './retention.ts'
import { scriptDocumentSchema } from './script-document.ts'
import { strictFields } from './strict-fields.ts'
import { toolsDigestSchema } from './tool-servers.ts'
import { uniqueNames } from './unique-names.ts'

const variableNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and _')
  .refine((name) => !name.startsWith('system__'), { message: 'names that begin with system__ are reserved' })

function uniqueTools(tools: readonly AgentTool[], context: z.RefinementCtx): void {
  uniqueTexts(tools.map(nameOfTool), context)
}

function uniqueTexts(texts: readonly string[], context: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const [index, text] of texts.entries()) {
    if (seen.has(text)) context.addIssue({ code: 'custom', path: [index], message: `${text} is there twice` })
    seen.add(text)
  }
}

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
    strictFields({ kind: z.literal('scripted'), script: scriptDocumentSchema }),
    strictFields({
      kind: z.literal('openai_compatible'),
      provider: z
        .enum(modelProviders)
        .meta({ description: 'Chooses the base URL; `custom` has none and needs base_url' }),
      base_url: baseUrlSchema.optional(),
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

export const agentDocumentSchema = strictFields({
  persona: strictFields({
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
    language: languageSchema.optional().meta({
      description: 'When given, the model is told to answer in it. A scripted model says what its script says',
    }),
  }),
  model: modelSchema,
  voice: agentVoiceSchema.optional(),
  tools: z.array(agentToolSchema).max(16).superRefine(uniqueTools).default([]).meta({
    description:
      'Built-in tools by name, HTTP tools and MCP servers. `book_slot` is the demo tool; it books in the memory of the session only',
  }),
  knowledge: strictFields({
    sources: z
      .array(idSchema('knowledge'))
      .max(50)
      .superRefine(uniqueTexts)
      .default([])
      .meta({ description: 'The documents that are searched before each answer' }),
    max_chunks: z.int().min(1).max(8).default(4).meta({ description: 'How many passages the model gets at most' }),
  }).prefault({}),
  notes: z
    .array(strictFields({ name: variableNameSchema, text: z.string().min(1).max(8000) }))
    .max(10)
    .superRefine(uniqueNames('name'))
    .default([]),
  dynamic_variables: z
    .array(strictFields({ name: variableNameSchema, default: z.string().max(500).optional() }))
    .max(50)
    .superRefine(uniqueNames('name'))
    .default([]),
  variable_resolver: variableResolverSchema.optional().meta({
    description:
      'Asked once when a session begins; what the session was created with comes before, defaults come after',
  }),
  policy: policyDocumentSchema,
  limits: strictFields({
    max_turns: z.int().min(1).max(500).default(100),
    max_session_seconds: z.int().min(10).max(3600).default(3600),
    max_tool_calls: z.int().min(0).max(100).default(20).meta({
      description:
        'Calls of tools in one session; those of the platform are not counted. Beyond it the model is told so',
    }),
    max_tokens: z
      .int()
      .min(1000)
      .max(100_000_000)
      .default(1_000_000)
      .meta({ description: 'Tokens of the model, read and written, in one session: what it may cost' }),
  }).prefault({}),
  allowed_origins: z
    .array(originSchema)
    .max(20)
    .default([])
    .meta({ description: 'Pages that may use browser tokens of this agent' }),
  overridable: z
    .array(z.enum(['persona.first_message', 'persona.language']))
    .max(2)
    .default([]),
  retention: agentRetentionSchema.prefault({}),
  sensitivity: z.enum(['ordinary', 'sensitive']).default('ordinary'),
  waivers: z
    .array(
      strictFields({
        control: z.enum(launchControls),
        reason: z.string().min(10).max(500),
        name: z.string().min(1).max(100).meta({ description: 'The person who answers for it' }),
      }),
    )
    .max(5)
    .superRefine(uniqueNames('control'))
    .default([])
    .meta({ description: 'What a sensitive agent is launched without; an ordinary one is asked for none' }),
}).meta({ id: 'AgentDocument' })

export type AgentDocument = z.infer<typeof agentDocumentSchema>

/** What PostgreSQL's `integer` holds; a larger number names nothing that exists. */
const maxInteger = 2_147_483_647

const nameSchema = z.string().trim().min(1).max(80)

export const createAgentSchema = strictFields({ name: nameSchema, document: agentDocumentSchema }).meta({
  id: 'CreateAgent',
})

export const updateAgentSchema = strictFields({
  name: nameSchema.optional(),
  document: agentDocumentSchema.optional(),
  draft_revision: z
    .int()
    .min(1)
    .max(maxInteger)
    .optional()
    .meta({ description: 'When given, the draft is changed only if it still has this revision' }),
}).meta({ id: 'UpdateAgent' })

export const publishAgentSchema = strictFields({
  note: z.string().max(500).optional(),
  approved_tools: z.array(toolsDigestSchema).max(16).optional().meta({
    description: 'sha256 of each changed list of tools that was looked at, as `GET /v1/agents/{id}/tools` says it',
  }),
}).meta({ id: 'PublishAgent' })

export const rollBackAgentSchema = strictFields({
  version: z.int().min(1).max(maxInteger),
  reason: z.string().max(500).optional(),
}).meta({ id: 'RollBackAgent' })

export const agentSchema = strictFields({
  id: idSchema('agent'),
  name: z.string(),
  draft: agentDocumentSchema,
  policy_report: policyReportSchema,
  draft_revision: z.int(),
  published_version: z.int().nullable(),
  created_at: timestampSchema,
  updated_at: timestampSchema,
}).meta({ id: 'Agent' })

export const agentSummarySchema = agentSchema.omit({ draft: true, policy_report: true }).meta({ id: 'AgentSummary' })

export const agentVersionSchema = strictFields({
  agent_id: idSchema('agent'),
  version: z.int(),
  document: agentDocumentSchema,
  sha256: z.string().meta({ description: 'SHA-256 of the canonical document (RFC 8785), hex' }),
  note: z.string().nullable(),
  published_at: timestampSchema,
  published_by: z.string(),
  current: z.boolean(),
}).meta({ id: 'AgentVersion' })
