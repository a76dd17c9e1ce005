import { newId, parent, type RowFactory } from './probe-values.ts'

const rules = '{"transcripts": 90, "decisions": 180, "traces": 30, "audit": 1095}'

/** Those of retention and of requests about personal data; part of `rowFactories`. */
export const privacyRows: Readonly<Record<string, RowFactory>> = {
  retention_rules: { needs: ['workspaces'], make: (workspace_id) => ({ workspace_id, rules }) },
  legal_holds: {
    needs: ['users'],
    refersTo: ['workspaces', 'users', 'agents'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      user_id: parent(parents, 'users')['id'],
      reason: 'probe',
      created_by: 'probe',
    }),
  },
}
