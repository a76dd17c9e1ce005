/** One row a noun; the name of the folder is the plural that everything else is derived from. */
export type Noun = {
  /** Prefix of error codes and audit actions, as in `agent.not_published`. */
  readonly singular: string
  /** Where the permission is another word, because the right is about content and not about rows. */
  readonly permissions?: readonly string[]
  /** Where what is audited is an act on the content, as in `transcript.opened`. */
  readonly actions?: readonly string[]
  /** Where a table is another word than the noun, or begins with another one. */
  readonly tables?: readonly string[]
  /** Where the path is another word. */
  readonly segments?: readonly string[]
}

/** The features of architecture.md, and the three nouns below a session that have routes of their own. */
export const nouns: Readonly<Record<string, Noun>> = {
  workspaces: { singular: 'workspace' },
  // A person's sign-in belongs to what it signs in to; `operator` is what the audit log calls a membership.
  members: {
    singular: 'member',
    // What a person may do about its own membership is another right than managing those of others.
    permissions: ['own_memberships'],
    tables: ['memberships', 'invitations', 'refresh_families', 'refresh_tokens'],
    segments: ['members', 'invitations'],
    actions: ['member', 'invitation', 'operator'],
  },
  // Who a person is, before any workspace knows; what the person may do is a membership.
  'sign-in': { singular: 'sign_in' },
  'api-keys': { singular: 'api_key' },
  credentials: { singular: 'credential' },
  agents: { singular: 'agent' },
  users: { singular: 'user' },
  // Which topics rest for a user is a fact about the user.
  'topic-cooldowns': { singular: 'topic_cooldown', permissions: ['users'] },
  sessions: { singular: 'session' },
  // What was said is more sensitive than that a session took place.
  turns: { singular: 'turn', permissions: ['transcripts'], actions: ['transcript'] },
  decisions: { singular: 'decision' },
  traces: { singular: 'trace', tables: ['turn_traces'] },
  // The floors of the installation are the layer above all policies.
  policies: {
    singular: 'policy',
    tables: ['policies', 'policy_versions', 'policy_texts'],
    actions: ['policy', 'floors'],
  },
  escalations: { singular: 'escalation', tables: ['escalations', 'escalation_messages'] },
  // What is asked for is an attempt; a consent is what people agreed to before.
  contact: {
    singular: 'contact',
    segments: ['contact-attempts', 'users'],
    tables: ['contact_attempts', 'consents'],
    actions: ['contact', 'consent'],
  },
  knowledge: { singular: 'knowledge' },
  // What a server said of its tools when a version of an agent was published, and how often a person's were called in a day.
  tools: { singular: 'tool', tables: ['tool_pins', 'tool_days'] },
  // Facts wait in the outbox until they are delivered.
  webhooks: { singular: 'webhook', tables: ['outbox'] },
  // What endpoints are owed, and how it gets there: the machinery of the worker behind the routes of webhooks.
  // What it does to an endpoint is an act on that, as when an operator does it.
  deliveries: {
    singular: 'delivery',
    tables: ['outbox', 'webhooks', 'webhook_deliveries', 'webhook_attempts'],
    actions: ['webhook'],
  },
  // The log is one thing; what is listed are its events.
  // What the log has come to is a checkpoint, and who vouches for it a key.
  audit: {
    singular: 'audit',
    segments: ['audit-events', 'audit-checkpoints', 'evidence-keys'],
    tables: ['audit_events', 'audit_heads', 'audit_seals'],
  },
  // Who asked that something is kept longer is part of how long it is kept.
  retention: {
    singular: 'retention',
    permissions: ['privacy'],
    tables: ['retention_rules', 'legal_holds'],
    segments: ['retention', 'legal-holds'],
    actions: ['retention', 'legal_hold'],
  },
  'privacy-requests': { singular: 'privacy_request', permissions: ['privacy'] },
  posture: { singular: 'posture' },
}

/** Tables of the platform that any noun may use: wake-ups carry an id and nothing else. */
export const sharedTables: readonly string[] = ['signals']

/** Parts of the server that fail without being a noun of the product. */
export const platformErrorPrefixes = ['request', 'idempotency', 'keyring', 'provider', 'outbound', 'server'] as const

export function snake(name: string): string {
  return name.replaceAll('-', '_')
}
