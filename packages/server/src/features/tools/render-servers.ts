import type { AgentTool, agentToolServersSchema } from '@hyponema/contract'
import type { z } from 'zod'
import type { JudgedServer } from './check-servers.ts'
import { listToolNames } from './list-tool-names.ts'

/** What the servers of a draft say now. Descriptions and schemas are the servers' text, which nobody may have approved. */
export function renderServers(
  agentTools: readonly AgentTool[],
  judged: readonly JudgedServer[],
): z.infer<typeof agentToolServersSchema> {
  const names = listToolNames(
    agentTools,
    judged.map(({ server, tools }) => ({ server: server.name, tools })),
  )
  return {
    servers: judged.map(({ server, status, tools, sha256, approvedSha256, changes, leftOut, problems }) => ({
      name: server.name,
      status,
      sha256: sha256 ?? null,
      approved_sha256: approvedSha256 ?? null,
      problem:
        problems.length === 0
          ? null
          : problems
              .map(({ detail }) => detail)
              .join('; ')
              .slice(0, 2000),
      removed: [...changes].flatMap(([name, what]) => (what.includes('removed') ? [name] : [])),
      left_out: leftOut,
      tools: tools.map((tool) => ({
        name: tool.name,
        called: names.get(server.name)?.get(tool.name) ?? '',
        description: tool.description,
        input_schema: { ...tool.inputSchema },
        sha256: tool.sha256,
        changes: [...(changes.get(tool.name) ?? [])],
      })),
    })),
  }
}
