/** What the columns of topics that rest hold; part of `columnClasses`. */
export const topicColumnClasses = {
  'tenant.topic_cooldowns': {
    workspace_id: 'none',
    id: 'none',
    user_id: 'user_identifier',
    // Which topic rests tells about the person; the database acts on it, so it is plain, and it leaves with the person.
    topic: 'user_identifier',
    reason: 'user_identifier',
    started_at: 'none',
    ends_at: 'none',
    causes: 'user_identifier',
    created_by: 'operational',
    created_at: 'none',
    updated_at: 'none',
  },
} as const
