import { hash, later, newId, now, parent, type RowFactory, sealed } from './probe-values.ts'

/** Rows of contact for the prover; part of `rowFactories`. */
export const contactRows: Readonly<Record<string, RowFactory>> = {
  contact_attempts: {
    needs: ['users', 'agents'],
    refersTo: ['workspaces', 'users', 'agents'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      user_id: parent(parents, 'users')['id'],
      agent_id: parent(parents, 'agents')['id'],
      channel: 'voice',
      class: 'ordinary',
      state: 'reserved',
      policy_sha256: hash(),
      content: sealed(),
      expires_at: later(),
    }),
  },
  consents: {
    needs: ['users'],
    refersTo: ['workspaces', 'users'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      user_id: parent(parents, 'users')['id'],
      state: 'given',
      source: 'api',
      content: sealed(),
      occurred_at: now(),
    }),
  },
}
