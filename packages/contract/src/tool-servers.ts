import { z } from 'zod'
import { strictFields } from './strict-fields.ts'

/** SHA-256 of what a server says of its tools, as it is approved. */
export const toolsDigestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits in lower case')

/** How what a server says now stands to what was let through: by a server, and by each of its tools. */
export const toolServerStatuses = ['approved', 'new', 'changed', 'unreachable'] as const
export type ToolServerStatus = (typeof toolServerStatuses)[number]

/** What became another one since the current version was published. */
export const toolChanges = ['added', 'removed', 'description', 'schema'] as const
export type ToolChange = (typeof toolChanges)[number]

const serverToolSchema = strictFields({
  name: z.string(),
  called: z.string().meta({ description: 'What the model calls it, and what the rules of a policy name' }),
  description: z
    .string()
    .meta({ description: 'Written by the server, without invisible characters. Nobody approved it yet' }),
  input_schema: z.record(z.string(), z.unknown()),
  sha256: toolsDigestSchema,
  changes: z.array(z.enum(toolChanges)).meta({ description: 'Since the current version; empty where it was approved' }),
}).meta({ id: 'ServerTool' })

const toolServerSchema = strictFields({
  name: z.string(),
  status: z.enum(toolServerStatuses).meta({
    description:
      '`new`: not in the current version, publishing pins it; `changed`: publishing needs its sha256 in approved_tools; `unreachable`: see problem',
  }),
  sha256: toolsDigestSchema.nullable().meta({ description: 'Of what it says now; null where it could not be read' }),
  approved_sha256: toolsDigestSchema.nullable().meta({ description: 'Of what the current version was published with' }),
  problem: z.string().nullable().meta({ description: 'Why a version with it could not be published' }),
  removed: z.array(z.string()).meta({ description: 'Tools of the current version that it does not list any more' }),
  left_out: z.int().meta({ description: 'How many of its tools have names that no model takes' }),
  tools: z.array(serverToolSchema),
}).meta({ id: 'ToolServer' })

export const agentToolServersSchema = strictFields({ servers: z.array(toolServerSchema) }).meta({
  id: 'AgentToolServers',
})
