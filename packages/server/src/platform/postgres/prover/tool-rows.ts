import { hash, nextNumber, parent, type RowFactory } from './probe-values.ts'

/** Those of tools; part of `rowFactories`. */
export const toolRows: Readonly<Record<string, RowFactory>> = {
  tool_days: {
    needs: ['users'],
    make: (workspace_id, parents) => ({
      workspace_id,
      user_id: parent(parents, 'users')['id'],
      tool: `probe${nextNumber()}`,
      day: '2026-12-01',
      calls: 1,
    }),
  },
  tool_pins: {
    needs: ['agent_versions'],
    make: (workspace_id, parents) => ({
      workspace_id,
      agent_id: parent(parents, 'agent_versions')['agent_id'],
      version: parent(parents, 'agent_versions')['version'],
      server: `probe${nextNumber()}`,
      tools: '[]',
      sha256: hash(),
    }),
  },
}
