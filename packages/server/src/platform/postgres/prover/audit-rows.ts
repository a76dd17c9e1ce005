import { hash, newId, nextNumber, type RowFactory } from './probe-values.ts'

/** Those of the tree over the audit log; part of `rowFactories`. */
export const auditRows: Readonly<Record<string, RowFactory>> = {
  audit_heads: { needs: [], make: (workspace_id) => ({ workspace_id, root: hash() }) },
  audit_seals: {
    needs: [],
    make: (workspace_id) => ({ workspace_id, seq: nextNumber(), event_id: newId(), leaf_hash: hash() }),
  },
}
