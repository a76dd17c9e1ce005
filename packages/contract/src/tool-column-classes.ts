/** What the columns of tools hold; part of `columnClasses`. */
export const toolColumnClasses = {
  'tenant.tool_days': {
    workspace_id: 'none',
    user_id: 'user_identifier',
    // What was done for the person; the database counts it, so it is plain, and it leaves with the person.
    tool: 'user_identifier',
    day: 'user_identifier',
    calls: 'user_identifier',
  },
  'tenant.tool_pins': {
    workspace_id: 'none',
    agent_id: 'none',
    version: 'none',
    server: 'operational',
    tools: 'operational',
    sha256: 'operational',
    pinned_at: 'none',
  },
} as const
