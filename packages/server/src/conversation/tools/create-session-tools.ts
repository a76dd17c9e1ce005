/**
 * The tools of one session, in the order of its agent. What they need from outside comes in as makers: an HTTP tool is made of
 * its description, an MCP server is as many tools as its pins name.
 */
import type { AgentTool, BuiltInTool, HttpTool, McpServer } from '@hyponema/contract'
import type { OriginSegment } from '@hyponema/policy'
import type { ModelTool } from '../providers/model-port.ts'
import { createBookSlot } from './book-slot.ts'
import type { Tool } from './define-tool.ts'
import { foreignTexts } from './foreign-texts.ts'
import { systemToolMakers } from './system-tools.ts'

/** Tools by name; the contract's list of names decides which there are. */
const builtInMakers = { ...systemToolMakers, book_slot: createBookSlot } as const satisfies Record<
  BuiltInTool,
  () => Tool
>

/** The tools of one session. Their memory is the session's own and goes with it. */
export type SessionTools = {
  /** As a model is told about them. */
  readonly offered: readonly ModelTool[]
  /** Undefined for a name that this agent was not given, whatever the model says. */
  readonly find: (name: string) => Tool | undefined
  /** What others than the workspace say of them to the model. */
  readonly foreign: readonly OriginSegment[]
}

export type ToolMakers = {
  readonly http: (tool: HttpTool) => readonly Tool[]
  /** Its pinned tools; none where nothing is pinned. */
  readonly mcp: (server: McpServer) => readonly Tool[]
}

const onlyBuiltIn: ToolMakers = { http: () => [], mcp: () => [] }

/** Where two have one name the built-in wins, then the HTTP tool: no server takes the place of another tool by a name. */
export function createSessionTools(agentTools: readonly AgentTool[], makers: ToolMakers = onlyBuiltIn): SessionTools {
  const made = agentTools.map((tool) => makeTools(tool, makers))
  const byRank = made.flat().toSorted((one, other) => rankOf(one) - rankOf(other))
  const tools = new Map<string, Tool>()
  for (const tool of byRank) if (!tools.has(tool.name)) tools.set(tool.name, tool)
  const offered = made.flat().filter((tool) => tools.get(tool.name) === tool)
  return {
    offered: offered.map(({ name, description, parameters }) => ({ name, description, parameters })),
    find: (name) => tools.get(name),
    foreign: foreignTexts(offered),
  }
}

function makeTools(tool: AgentTool, { http, mcp }: ToolMakers): readonly Tool[] {
  if (typeof tool === 'string') {
    const { [tool]: make } = builtInMakers
    return [make()]
  }
  return tool.kind === 'http' ? http(tool) : mcp(tool)
}

function rankOf({ kind }: Tool): number {
  return kind === 'mcp' ? 2 : kind === 'http' ? 1 : 0
}
