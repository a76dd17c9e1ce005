import { later, newId, nextNumber, now, parent, type RowFactory } from './probe-values.ts'

/** Those of topics that rest; part of `rowFactories`. */
export const topicRows: Readonly<Record<string, RowFactory>> = {
  topic_cooldowns: {
    needs: ['users'],
    make: (workspace_id, parents) => ({
      workspace_id,
      id: newId(),
      user_id: parent(parents, 'users')['id'],
      topic: `agent/topic.probe${nextNumber()}`,
      reason: 'operator',
      started_at: now(),
      ends_at: later(),
      causes: '[]',
    }),
  },
}
