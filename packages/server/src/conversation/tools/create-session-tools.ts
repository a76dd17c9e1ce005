import type { AgentTool, BuiltInTool } from '@hyponema/contract'
import type { ModelTool } from '../providers/model-port.ts'
import { createBookSlot } from './book-slot.ts'
import type { Tool } from './define-tool.ts'
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
}

export function createSessionTools(agentTools: readonly AgentTool[]): SessionTools {
  const made = agentTools.flatMap((tool) => {
    if (typeof tool !== 'string') return []
    const { [tool]: make } = builtInMakers
    return [make()]
  })
  const tools = new Map<string, Tool>(made.map((tool) => [tool.name, tool] as const))
  return {
    offered: [...tools.values()].map(({ name, description, parameters }) => ({ name, description, parameters })),
    find: (name) => tools.get(name),
  }
}
