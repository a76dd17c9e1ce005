import { servingRoles } from './roles.ts'

const { app, worker, sealer } = servingRoles

/**
 * The reviewed list: every SECURITY DEFINER function of this database and the logins that may execute it. Each has a
 * pinned search_path and takes the workspace from the scope, never from an argument. What is not here may not exist.
 */
export const reviewedDefiners: Readonly<Record<string, readonly string[]>> = {
  'app.dispatch_put(text,uuid,timestamp with time zone)': [app, worker, sealer],
  'app.dispatch_done(text,uuid)': [app, worker, sealer],
  'app.lease_take(uuid[],uuid,interval)': [app, worker],
  'app.lease_renew(uuid[],uuid,interval)': [app, worker],
  'app.lease_release(uuid[],uuid)': [app, worker],
  'app.signal(text,uuid)': [app, worker],
  'jobs.enqueue(text,uuid)': [app, worker],
  // The rules above all workspaces; does nothing outside the scope of the installation, which no credential names.
  'app.set_floors(jsonb)': [app],
  // These cross workspaces: ids and times only, each login its own kinds.
  'app.claim_dispatch(text[],integer,integer,uuid,interval)': [worker, sealer],
  'app.dispatch_settle(text,uuid,uuid)': [worker, sealer],
  'app.dispatch_settle_many(text,uuid[],uuid)': [worker, sealer],
  'app.take_seals(integer)': [sealer],
  'app.workspaces_after(uuid,integer)': [worker],
  'app.ensure_partitions()': [worker],
  'app.drop_expired_partition(text)': [worker],
  // Budgets of the edge are the installation's: hashes and sums, and it can only add.
  'app.limits_merge(bytea[],double precision[],double precision[])': [app],
  'app.search_knowledge(text,uuid[],integer[],regconfig[],integer)': [app],
  // Triggers: nobody can call them.
  'app.remember_canary()': [],
  'app.remember_workspace()': [],
  'app.dispatch_seal()': [],
  'app.keep_membership_index()': [],
  'app.keep_retention_bounds()': [],
  'app.keep_active_holds()': [],
}

/** Of these the ones that belong to hyponema_search, and with them the table that they read; the others are the owner's. */
export const searchDefiners: readonly string[] = ['app.search_knowledge(text,uuid[],integer[],regconfig[],integer)']

/** What they are planned with besides their search_path: the index is the only way, and its plan is made once. */
export const searchSettings: readonly string[] = ['enable_seqscan=off', 'jit=off', 'plan_cache_mode=force_generic_plan']

/** Of these the ones that show their caller other workspaces: which are due and which there are, by ids and nothing else. */
export const crossingFunctions: readonly string[] = [
  'app.claim_dispatch(text[],integer,integer,uuid,interval)',
  'app.workspaces_after(uuid,integer)',
]

/** Volatile functions of the catalogue that can reach nothing: clocks, random numbers, handlers of languages. */
export const harmlessVolatileFunctions: readonly string[] = [
  'array_sample',
  'array_shuffle',
  'clock_timestamp',
  'gen_random_uuid',
  'pg_is_in_recovery',
  'pg_jit_available',
  'plpgsql_call_handler',
  'plpgsql_inline_handler',
  'plpgsql_validator',
  'random',
  'random_normal',
  'setseed',
  'timeofday',
  'uuidv4',
  'uuidv7',
]
