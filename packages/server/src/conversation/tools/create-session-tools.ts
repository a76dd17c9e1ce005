import type { AgentDocument } from '@hyponema/contract'
import type { ModelTool } from '../providers/model-port.ts'
import { createBookSlot } from './book-slot.ts'
import type { Tool } from './define-tool.ts'

/** The built-in tools by name; the contract's list of names decides which there are. */
const builtInTools = {
  book_slot: createBookSlot,
} as const satisfies Record<AgentDocument['tools'][number], () => Tool>

/** The tools of one session. Their memory is the session's own and goes with it. */
export type SessionTools = {
  /** As a model is told about them. */
  readonly offered: readonly ModelTool[]
  /** Undefined for a name that this agent was not given, whatever the model says. */
  readonly find: (name: string) => Tool | undefined
}

export function createSessionTools(names: AgentDocument['tools']): SessionTools {
  const tools = new Map<string, Tool>([...new Set(names)].map((name) => [name, builtInTools[name]()] as const))
  return {
    offered: [...tools.values()].map(({ name, description, parameters }) => ({ name, description, parameters })),
    find: (name) => tools.get(name),
  }
}
