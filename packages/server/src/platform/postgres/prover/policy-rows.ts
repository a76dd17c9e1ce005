import { hash, newId, nextNumber, parent, type RowFactory } from './probe-values.ts'

/** Those of policies; part of `rowFactories`. */
export const policyRows: Readonly<Record<string, RowFactory>> = {
  policies: {
    needs: ['workspaces'],
    // The version in force, and the one in the shadow.
    refersTo: ['workspaces', 'policy_versions', 'policy_versions'],
    make: (workspace_id) => ({ workspace_id, id: newId(), name: `probe-${nextNumber()}`, draft: '{}' }),
  },
  policy_versions: {
    needs: ['policies'],
    make: (workspace_id, parents) => ({
      workspace_id,
      policy_id: parent(parents, 'policies')['id'],
      version: nextNumber(),
      document: '{}',
      sha256: hash(),
      published_by: 'probe',
    }),
  },
  policy_texts: { needs: ['workspaces'], make: (workspace_id) => ({ workspace_id, sha256: hash(), layers: '[]' }) },
}
