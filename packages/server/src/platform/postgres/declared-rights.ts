import { reviewedDefiners } from './reviewed-functions.ts'
import { ownerRole, searchRole, servingRoles } from './roles.ts'

type LoginName = keyof typeof servingRoles
type Verb = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'USAGE' | 'EXECUTE'

/** A verb on the whole object, or on one column of it. */
type Right = Verb | `${'SELECT' | 'UPDATE'} ${string}`

type Rights = Readonly<Partial<Record<LoginName, readonly Right[]>>>

const all = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const
const everybodyReads = { app: ['SELECT'], worker: ['SELECT'], auth: ['SELECT'], sealer: ['SELECT'] } as const

/**
 * Login x table x verb: every right that a serving login has on a table of tenants. A migration that makes a table or
 * grants a right declares it here; the start compares both ways, so that neither has what the other does not know.
 */
const tenantRights: Readonly<Record<string, Rights>> = {
  workspaces: { app: ['SELECT', 'INSERT', 'UPDATE name', 'UPDATE settings'], worker: ['SELECT'] },
  api_keys: {
    app: [
      'SELECT',
      'INSERT',
      'UPDATE label',
      'UPDATE secret_mac',
      'UPDATE pepper_version',
      'UPDATE expires_at',
      'UPDATE last_used_at',
      'UPDATE revoked_at',
      'UPDATE failed_count',
      'UPDATE last_failed_at',
    ],
  },
  workspace_keys: { app: ['SELECT', 'INSERT'], worker: ['SELECT', 'INSERT', 'UPDATE wrapped_key', 'UPDATE key_id'] },
  users: { app: all, worker: ['SELECT', 'DELETE'] },
  tool_days: { app: all, worker: ['SELECT', 'DELETE'] },
  topic_cooldowns: { app: all, worker: ['SELECT', 'DELETE'] },
  user_keys: { app: ['SELECT', 'INSERT', 'DELETE'], worker: all },
  credentials: { app: all, worker: ['SELECT'] },
  credential_versions: {
    app: all,
    worker: ['SELECT', 'UPDATE sealed', 'UPDATE wrapped_key', 'UPDATE kek_id', 'UPDATE revoked_at'],
  },
  credential_openings: {
    app: ['SELECT', 'INSERT', 'UPDATE openings', 'UPDATE last_opened_at'],
    worker: ['SELECT'],
  },
  agents: { app: all, worker: ['SELECT'] },
  agent_versions: { app: ['SELECT', 'INSERT'], worker: ['SELECT'] },
  tool_pins: { app: ['SELECT', 'INSERT'], worker: ['SELECT'] },
  // Versions and texts are evidence: added to and read.
  policies: { app: ['SELECT', 'INSERT', 'UPDATE'], worker: ['SELECT'] },
  policy_versions: { app: ['SELECT', 'INSERT'], worker: ['SELECT'] },
  policy_texts: { app: ['SELECT', 'INSERT'], worker: ['SELECT'] },
  sessions: { app: ['SELECT', 'INSERT', 'UPDATE'], worker: ['SELECT', 'UPDATE', 'DELETE'] },
  session_tokens: { app: ['SELECT', 'INSERT', 'UPDATE spent_at'], worker: ['SELECT', 'DELETE'] },
  turns: { app: ['SELECT', 'INSERT'], worker: ['SELECT', 'INSERT', 'DELETE', 'UPDATE tool_payloads'] },
  decisions: { app: ['SELECT', 'INSERT'], worker: ['SELECT', 'INSERT', 'DELETE'] },
  turn_traces: { app: ['SELECT', 'INSERT'], worker: ['SELECT', 'INSERT', 'DELETE'] },
  escalations: {
    app: [
      'SELECT',
      'INSERT',
      'UPDATE state',
      'UPDATE claimed_by',
      'UPDATE claimed_at',
      'UPDATE resolved_by',
      'UPDATE resolved_at',
      'UPDATE outcome',
      'UPDATE fallback',
      'UPDATE attended_at',
      'UPDATE due_at',
    ],
    worker: [
      'SELECT',
      'DELETE',
      'UPDATE state',
      'UPDATE claimed_by',
      'UPDATE claimed_at',
      'UPDATE resolved_by',
      'UPDATE resolved_at',
      'UPDATE outcome',
      'UPDATE fallback',
      'UPDATE attended_at',
      'UPDATE due_at',
    ],
  },
  escalation_messages: {
    app: ['SELECT', 'INSERT', 'UPDATE turn_id', 'UPDATE delivered_at'],
    worker: ['SELECT', 'DELETE'],
  },
  idempotency_keys: { app: all, worker: ['SELECT', 'DELETE'] },
  outbox: { app: ['SELECT', 'INSERT'], worker: all },
  webhooks: {
    app: ['SELECT', 'INSERT', 'UPDATE'],
    worker: [
      'SELECT',
      'DELETE',
      'UPDATE state',
      'UPDATE disabled_reason',
      'UPDATE failing_since',
      'UPDATE last_success_at',
      'UPDATE last_attempt_at',
      'UPDATE consecutive_failures',
      'UPDATE updated_at',
    ],
  },
  webhook_deliveries: {
    app: [
      'SELECT',
      'INSERT',
      'UPDATE state',
      'UPDATE attempt_count',
      'UPDATE first_attempt_at',
      'UPDATE next_attempt_at',
      'UPDATE finished_at',
    ],
    worker: all,
  },
  webhook_attempts: { app: ['SELECT'], worker: all },
  // A person's act makes and changes a source; the worker reads it, and what was cut out of it is the worker's alone.
  knowledge: { app: all, worker: all },
  knowledge_chunks: { app: ['SELECT'], worker: ['SELECT', 'INSERT', 'DELETE'] },
  knowledge_index: { worker: ['SELECT', 'INSERT'] },
  knowledge_words: { worker: ['SELECT', 'INSERT', 'DELETE'] },
  contact_attempts: {
    app: ['SELECT', 'INSERT', 'UPDATE state', 'UPDATE reported_at'],
    worker: ['SELECT', 'DELETE'],
  },
  consents: { app: ['SELECT', 'INSERT'], worker: ['SELECT', 'DELETE'] },
  signals: { app: ['SELECT'], worker: ['SELECT', 'DELETE'] },
  memberships: { app: ['SELECT', 'INSERT', 'DELETE', 'UPDATE role', 'UPDATE version', 'UPDATE updated_at'] },
  invitations: {
    app: ['SELECT', 'INSERT', 'UPDATE secret_sha256', 'UPDATE expires_at', 'UPDATE accepted_at', 'UPDATE revoked_at'],
  },
  refresh_families: { app: ['SELECT', 'INSERT', 'UPDATE revoked_at', 'UPDATE revoked_for', 'UPDATE expires_at'] },
  refresh_tokens: { app: ['SELECT', 'INSERT', 'DELETE', 'UPDATE used_at', 'UPDATE replaced_at'] },
  // Evidence is added to and read. Never UPDATE or DELETE, for nobody.
  audit_events: {
    app: ['SELECT', 'INSERT'],
    worker: ['SELECT', 'INSERT'],
    auth: ['INSERT'],
    sealer: ['SELECT workspace_id', 'SELECT id', 'SELECT leaf_hash'],
  },
  retention_rules: {
    app: ['SELECT', 'INSERT', 'UPDATE preset', 'UPDATE rules', 'UPDATE updated_at'],
    worker: ['SELECT', 'INSERT', 'UPDATE run_begun_at', 'UPDATE run_finished_at', 'UPDATE run_error', 'UPDATE removed'],
  },
  legal_holds: {
    app: ['SELECT', 'INSERT', 'UPDATE released_at', 'UPDATE released_by'],
    worker: ['SELECT', 'DELETE'],
  },
  audit_heads: {
    app: ['SELECT'],
    worker: ['SELECT', 'UPDATE published_size', 'UPDATE published_at'],
    sealer: [
      'SELECT',
      'INSERT',
      'UPDATE size',
      'UPDATE edge',
      'UPDATE root',
      'UPDATE note',
      'UPDATE note_size',
      'UPDATE noted_at',
      'UPDATE sealed_at',
    ],
  },
  audit_seals: { app: ['SELECT'], worker: ['SELECT'], sealer: ['SELECT', 'INSERT'] },
}

/** The reviewed list of what a serving login may touch outside the schema of tenants. Nothing else, in any schema. */
const otherRights: Readonly<Record<string, Rights>> = {
  'app.installation': everybodyReads,
  'app.schema_migrations': everybodyReads,
  'app.floors': everybodyReads,
  // Who a person is: the login of sign-in alone.
  'identity.identities': { auth: ['SELECT', 'INSERT'] },
  'identity.sign_in_requests': {
    auth: [
      'SELECT',
      'INSERT',
      'DELETE',
      'UPDATE code_sha256',
      'UPDATE code_guesses',
      'UPDATE used_at',
      'UPDATE choice_sha256',
    ],
  },
  'identity.membership_index': { auth: ['SELECT'] },
  'identity.sign_in_failures': { auth: all },
  'graphile_worker._private_job_queues': { worker: all },
  'graphile_worker._private_jobs': { worker: all },
  'graphile_worker._private_known_crontabs': { worker: all },
  'graphile_worker._private_tasks': { worker: all },
  'graphile_worker.migrations': { worker: ['SELECT'] },
  'graphile_worker.job_queues_id_seq': { worker: ['USAGE'] },
  'graphile_worker.jobs_id_seq1': { worker: ['USAGE'] },
  'graphile_worker.tasks_id_seq': { worker: ['USAGE'] },
  'schema tenant': { app: ['USAGE'], worker: ['USAGE'], auth: ['USAGE'], sealer: ['USAGE'] },
  'schema app': { app: ['USAGE'], worker: ['USAGE'], auth: ['USAGE'], sealer: ['USAGE'] },
  'schema jobs': { app: ['USAGE'], worker: ['USAGE'] },
  'schema graphile_worker': { worker: ['USAGE'] },
  'schema identity': { auth: ['USAGE'] },
  'app.current_workspace()': { app: ['EXECUTE'], worker: ['EXECUTE'], auth: ['EXECUTE'], sealer: ['EXECUTE'] },
  'app.knowledge_prefix(uuid,integer)': { worker: ['EXECUTE'] },
  'app.knowledge_terms(uuid,integer,regconfig,text,text)': { worker: ['EXECUTE'] },
  'app.uuid_moment(uuid)': { app: ['EXECUTE'], worker: ['EXECUTE'], auth: ['EXECUTE'] },
}

/**
 * The one named exception to FORCE: row security switches the index of a text search off, so the owner of this table is not
 * bound, and its one function reads it in the scope. Everybody else is bound by the policy.
 */
export const tablesWithoutForce: readonly string[] = ['knowledge_index']

/** What belongs to hyponema_search; everything else of ours is the owner's. */
export const tablesOfSearch: readonly string[] = [...tablesWithoutForce, 'knowledge_words']

/** The same as the catalogue names them. */
export const relationsOfSearch: readonly string[] = tablesOfSearch.map((table) => `tenant.${table}`)

/** What its owner has elsewhere: the names of what it owns, the scope, and what the words of a source begin with. */
const rightsOfSearch: readonly string[] = [
  'USAGE on schema tenant',
  'USAGE on schema app',
  'EXECUTE on app.current_workspace()',
  'EXECUTE on app.knowledge_prefix(uuid,integer)',
]

/** The owner of the rest is bound by the policy of these two, as it is by FORCE elsewhere; it plants the canaries. */
const rightsOfOwner: readonly string[] = relationsOfSearch.flatMap((relation) =>
  ['SELECT', 'INSERT', 'DELETE'].map((verb) => `${verb} on ${relation}`),
)

/** The tables of tenants that this build knows, without their partitions. */
export const declaredTables: readonly string[] = Object.keys(tenantRights)

/** The tables outside it that every login may read as they are: facts about the installation, nobody's data. */
export const tablesOfFacts: readonly string[] = ['app.installation', 'app.schema_migrations', 'app.floors']

/** One line for each right of a serving login and of hyponema_search: role, right and object, as the rules print it. */
export const declaredRights: readonly string[] = [
  ...Object.entries(tenantRights).flatMap(([table, rights]) => linesOf(`tenant.${table}`, rights)),
  ...Object.entries(otherRights).flatMap(([object, rights]) => linesOf(object, rights)),
  ...rightsOfSearch.map((right) => `${searchRole} has ${right}`),
  ...rightsOfOwner.map((right) => `${ownerRole} has ${right}`),
  ...Object.entries(reviewedDefiners).flatMap(([name, callers]) =>
    callers.map((role) => `${role} has EXECUTE on ${name}`),
  ),
]

function linesOf(object: string, rights: Rights): readonly string[] {
  const logins: readonly LoginName[] = ['app', 'worker', 'auth', 'sealer']
  return logins.flatMap((login) =>
    (rights[login] ?? []).map((right) => `${servingRoles[login]} has ${right} on ${object}`),
  )
}
