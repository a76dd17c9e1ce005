import { z } from 'zod'
import { idSchema } from './ids.ts'
import { isDoorHeader } from './is-door-header.ts'
import { strictFields } from './strict-fields.ts'

/** The tools of the platform itself; an agent has those that it names. Their names are reserved. */
export const systemTools = ['end_call', 'skip_turn', 'language_detection', 'escalate'] as const
export type SystemTool = (typeof systemTools)[number]

/** Tools that are named and not described: those of the platform, and the one of the demonstration. */
export const builtInTools = [...systemTools, 'book_slot'] as const
export type BuiltInTool = (typeof builtInTools)[number]

/** Longer than that and the person believes that the line is dead. */
const timeoutMsSchema = z
  .int()
  .min(100)
  .max(30_000)
  .default(10_000)
  .meta({ description: 'How long a call may take, its repeats included' })

const visibleSchema = z.boolean().default(false).meta({
  description: 'Clients get arguments and results of a visible tool, cleared by the output gate; of any other its name',
})

const waitingLineSchema = z
  .string()
  .trim()
  .min(1)
  .max(300)
  .optional()
  .meta({ description: 'Said while the person waits for the tool, once in a turn; passes the output gate' })

/** What a call says of its body and of itself, and what a protocol writes: a key in one of them is none. */
const callHeaders = /^(?:content-encoding|content-type|idempotency-key|last-event-id|mcp-.*)$/

/** A header that carries a sealed key. The key itself never stands in an agent. */
const sealedAuthSchema = strictFields({
  credential_id: idSchema('credential').meta({ description: 'A sealed credential of kind `internal_api`' }),
  header: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected a header name in lower case')
    .refine((name) => !isDoorHeader(name) && !callHeaders.test(name), {
      message: 'this header is written by the server',
    })
    .default('authorization'),
  prefix: z
    .string()
    .max(40)
    .regex(/^[\x20-\x7e]*$/, 'expected printable ASCII')
    .default('Bearer '),
}).meta({ id: 'SealedAuth' })

const headerNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected a header name in lower case')

/**
 * A text in which `{argument}` stands for an argument of the call and `{{variable}}` for a dynamic variable. Which of them
 * may stand where is checked when an agent is saved.
 */
const templateSchema = z.string().max(2000)

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const httpToolSchema = strictFields({
  kind: z.literal('http'),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected lower-case letters, digits and _')
    .refine((name) => !builtInTools.some((reserved) => reserved === name), { message: 'that name is reserved' }),
  description: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .meta({ description: 'What the model reads to decide when to call it' }),
  method: z.enum(methods).default('GET'),
  url: templateSchema.min(1).meta({
    description:
      'Scheme, host and path; in the path, {argument} and {{variable}} are filled in percent-encoded. The host is fixed',
    examples: ['https://api.example.com/patients/{patient_id}/visits'],
  }),
  query: z
    .record(z.string().min(1).max(100), templateSchema)
    .refine((query) => Object.keys(query).length <= 30, { message: 'at most 30 parameters' })
    .default({})
    .meta({ description: 'Query parameters; a value that is `{argument}` alone is left out when it was not given' }),
  headers: z
    .record(headerNameSchema, templateSchema)
    .refine((headers) => Object.keys(headers).length <= 20, { message: 'at most 20 headers' })
    .default({})
    .meta({ description: 'Plain headers, of which {{variable}} is filled in. Keys belong in auth' }),
  body: z
    .record(z.string().min(1).max(100), templateSchema)
    .refine((body) => Object.keys(body).length <= 50, { message: 'at most 50 fields' })
    .default({})
    .meta({
      description:
        'Fields of the JSON body besides the arguments, of which {{variable}} is filled in; the model can neither see nor change them',
    }),
  arguments: z.record(z.string().max(64), z.unknown()).optional().meta({
    description:
      'JSON Schema (2020-12) of an object. What the model wrote is checked against it before anything is sent. Arguments that stand in no template are the JSON body, or of GET and DELETE the query',
  }),
  auth: sealedAuthSchema.optional(),
  idempotent: z.boolean().optional().meta({
    description: 'Whether a call that failed may be repeated. Absent: GET, PUT and DELETE may, POST and PATCH may not',
  }),
  timeout_ms: timeoutMsSchema,
  visible: visibleSchema,
  waiting_line: waitingLineSchema,
}).meta({ id: 'HttpTool' })

export const mcpServerSchema = strictFields({
  kind: z.literal('mcp'),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,19}$/, 'expected lower-case letters and digits, at most 20')
    .meta({ description: 'Its tools are called `<name>_<tool>`' }),
  url: z
    .url({ protocol: /^https?$/, error: 'expected an http or https URL' })
    .max(500)
    .meta({ description: 'The MCP endpoint, spoken to over streamable HTTP' }),
  tools: z
    .array(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/))
    .max(32)
    .default([])
    .meta({ description: 'Which of its tools the agent has; empty: all of them, at most 32' }),
  idempotent: z
    .array(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/))
    .max(32)
    .default([])
    .meta({ description: 'Tools of it that may be repeated. What the server says of itself is not believed' }),
  read_only: z
    .array(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/))
    .max(32)
    .default([])
    .meta({
      description:
        'Tools of it that change nothing and send nothing on. Before any other, the user is asked once text of documents or tools is in the prompt. What the server says of itself is not believed',
    }),
  auth: sealedAuthSchema.optional(),
  timeout_ms: timeoutMsSchema,
  visible: visibleSchema,
  waiting_line: waitingLineSchema,
}).meta({ id: 'McpServer' })

const builtInToolSchema = z.enum(builtInTools, {
  error: `expected one of ${builtInTools.join(', ')}, or an object of kind http or mcp`,
})

export const agentToolSchema = z
  .union([builtInToolSchema, z.discriminatedUnion('kind', [httpToolSchema, mcpServerSchema])])
  .meta({ id: 'AgentTool' })

export type AgentTool = z.infer<typeof agentToolSchema>
export type HttpTool = z.infer<typeof httpToolSchema>
export type McpServer = z.infer<typeof mcpServerSchema>
export type SealedAuth = z.infer<typeof sealedAuthSchema>

/** What an agent calls it: the name of a built-in, of an HTTP tool, or of an MCP server. */
export function nameOfTool(tool: AgentTool): string {
  return typeof tool === 'string' ? tool : tool.name
}

/** Asks the customer's backend for values of dynamic variables, once when a session begins. */
export const variableResolverSchema = strictFields({
  url: z.url({ protocol: /^https?$/, error: 'expected an http or https URL' }).max(500),
  auth: sealedAuthSchema.optional(),
  timeout_ms: z.int().min(100).max(5000).default(1500).meta({
    description: 'The first word waits for it; afterwards the session goes on without',
  }),
}).meta({ id: 'VariableResolver' })
export type VariableResolver = z.infer<typeof variableResolverSchema>
