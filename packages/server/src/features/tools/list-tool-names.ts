import { type AgentTool, builtInTools, nameOfTool } from '@hyponema/contract'
import { nameForModel } from '../../platform/mcp/name-for-model.ts'

/** What each tool of each server is called by the model: the same wherever it is asked, and the name of no other tool. */
export function listToolNames(
  agentTools: readonly AgentTool[],
  servers: readonly { readonly server: string; readonly tools: readonly { readonly name: string }[] }[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const taken = new Set<string>([...builtInTools, ...agentTools.map(nameOfTool)])
  const names = new Map<string, ReadonlyMap<string, string>>()
  for (const tool of agentTools) {
    if (typeof tool === 'string' || tool.kind !== 'mcp') continue
    const own = servers.find(({ server }) => server === tool.name)?.tools ?? []
    const called = new Map<string, string>()
    // By name, so that the order in which a server lists them decides nothing.
    for (const { name } of own.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const given = nameForModel(tool.name, name, taken)
      taken.add(given)
      called.set(name, given)
    }
    names.set(tool.name, called)
  }
  return names
}
