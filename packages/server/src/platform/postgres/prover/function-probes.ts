import type { ClientBase } from 'pg'
import { systemClock } from '../../../kernel/clock.ts'
import { idMaker } from '../../../kernel/new-id.ts'
import { crossingFunctions } from '../reviewed-functions.ts'
import { servingRoles } from '../roles.ts'
import { type Asker, askerOn } from './asker.ts'
import { callCatalogue } from './call-catalogue.ts'
import { furnish } from './furnish.ts'
import { type Known, plausibleArguments, type Words } from './plausible-arguments.ts'
import { type FunctionInfo, readFunctions } from './read-functions.ts'
import type { LoginName } from './read-tables.ts'
import type { Row } from './row-factories.ts'
import { sqlStateOf } from './sql-state-of.ts'
import { judged, type Verdict } from './verdict.ts'
import { type WorkspaceDigest, workspaceDigest } from './workspace-digest.ts'

const newId = idMaker(systemClock)

/** What ours take today are 720 at most. More would make a run long; trying some of them would hide that the others were not. */
const mostCalls = 2_000

type KnownRows = Known & { readonly markers: ReadonlySet<string> }

type Ground = {
  readonly client: ClientBase
  readonly role: string
  readonly digest: WorkspaceDigest
  readonly words: Words
}

/**
 * Calls every function that the login may execute, ours and the server's, between two workspaces, both ways, and tries
 * every other one of ours and every one of the server's that is revoked. `client` is a superuser's: within its own
 * transaction, which is rolled back, it becomes the login, and then looks at what the call did.
 */
export async function probeFunctions(
  client: ClientBase,
  login: LoginName,
  roots: readonly string[],
): Promise<readonly Verdict[]> {
  const ask = askerOn(client)
  await ask('begin')
  try {
    const functions = await readFunctions(ask, servingRoles[login])
    const kinds = await ask<{ kind: string }>('select kind from app.dispatch_kinds order by kind')
    const words = { kinds: kinds.map(({ kind }) => kind) }
    const ground = { client, role: servingRoles[login], digest: await workspaceDigest(ask), words }
    const both = [await know(client, roots, words), await know(client, roots, words)] as const
    const verdicts: Verdict[] = []
    for (const [own, other] of [both, [both[1], both[0]]] as const) {
      for (const one of functions.filter(({ isOurs, mayExecute }) => isOurs && mayExecute)) {
        verdicts.push(await callOurs(ground, one, { own, other, check: `${login} ${one.signature}` }))
      }
      verdicts.push(
        ...(await callCatalogue(client, { login, functions, own: own.workspaceId, markers: other.markers })),
      )
    }
    return verdicts
  } finally {
    await ask('rollback')
  }
}

/** A workspace with a row everywhere and something due of every kind. */
async function know(client: ClientBase, roots: readonly string[], { kinds }: Words): Promise<KnownRows> {
  const ask = askerOn(client)
  const { workspaceId, rows } = await furnish(ask, newId(), roots)
  const [ref, holder] = [newId(), newId()]
  for (const kind of kinds) {
    await ask(
      "insert into app.dispatch (workspace_id, kind, ref, due_at, holder) values ($1, $2, $3, now() - interval '1 minute', $4)",
      [workspaceId, kind, ref, holder],
    )
  }
  // The one question across workspaces is the login of sign-in's by design, and outside-probes.ts names who may ask it.
  await ask('delete from identity.membership_index where workspace_id = $1', [workspaceId])
  return {
    workspaceId,
    session: rows.get('sessions') ?? {},
    knowledge: rows.get('knowledge') ?? {},
    ref,
    holder,
    partition: await partitionOf(ask),
    markers: new Set([...rows.values()].flatMap(markersOf).concat(ref, holder)),
  }
}

/** The oldest month of turns. */
async function partitionOf(ask: Asker): Promise<string> {
  const [row] = await ask<{ name: string }>(
    "select min(c.relname) as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'tenant.turns'::regclass",
  )
  return row?.name ?? 'turns'
}

/** What of a row would be recognised anywhere: ids, and bytes as the server prints them. */
function markersOf(row: Row): readonly string[] {
  return Object.values(row).flatMap((value) => {
    if (Buffer.isBuffer(value)) return [value.toString('hex')]
    return typeof value === 'string' && isId(value) ? [value] : []
  })
}

function isId(text: string): boolean {
  return /^[0-9a-f-]{36}$/.test(text)
}

async function callOurs(
  ground: Ground,
  one: FunctionInfo,
  { own, other, check }: { own: KnownRows; other: KnownRows; check: string },
): Promise<Verdict> {
  const { client, role, digest } = ground
  const ask = askerOn(client)
  const crosses = crossingFunctions.includes(one.signature)
  const where = crosses ? 'tenant' : 'everywhere'
  const calls = combinations(one, own, ground.words).length
  if (calls > mostCalls)
    return {
      check,
      result: 'not_probed',
      detail: `${calls} combinations of arguments, where at most ${mostCalls} are tried`,
    }
  await ask('savepoint whole')
  try {
    const before = await digest(other.workspaceId, where)
    // Bound and not written out: the texts of a connection's own statements can be read on it.
    await ask("select set_config('app.workspace_id', $1, true)", [own.workspaceId])
    await ask(`set local session authorization ${role}`)
    const control = await callEach(client, one, combinations(one, own, ground.words))
    const attacks = await callEach(client, one, combinations(one, other, ground.words))
    await ask('reset session authorization')
    const after = await digest(other.workspaceId, where)
    if (control.every(({ text }) => text === undefined))
      return { check, result: 'not_probed', detail: `no arguments are accepted: ${control[0]?.state ?? 'none'}` }
    const shown = [...control, ...attacks].flatMap((call) => found(call, { own, other, crosses }))
    const detail = [...shown, ...(after === before ? [] : ["the other workspace's rows changed"])].join('; ')
    return judged(check, detail === '', detail)
  } finally {
    await ask('rollback to savepoint whole')
  }
}

type Call = { readonly args: readonly unknown[]; readonly text?: string; readonly state?: string }

/** What of the other workspace came back that the caller did not say himself. The claims of a queue give ids, by design. */
function found(
  { args, text = '' }: Call,
  { own, other, crosses }: { own: KnownRows; other: KnownRows; crosses: boolean },
): readonly string[] {
  const said = JSON.stringify(args)
  return [...other.markers, other.workspaceId]
    .filter((marker) => text.includes(marker) && !said.includes(marker) && !own.markers.has(marker))
    .filter((marker) => !(crosses && isId(marker)))
    .map((marker) => `${said} gives ${marker}`)
}

async function callEach(
  client: ClientBase,
  one: FunctionInfo,
  calls: readonly (readonly unknown[])[],
): Promise<readonly Call[]> {
  const ask = askerOn(client)
  const places = one.types.map((type, index) => `$${index + 1}::${type}`).join(', ')
  const sql = one.isProcedure
    ? `call ${one.name}(${places})`
    : `select string_agg(x::text, ' ') as text from (select ${one.name}(${places}) as x) s`
  const done: Call[] = []
  // What a call has done stays until the digest is taken; what a refused one has begun is undone.
  let ending: readonly string[] = []
  for (const args of calls) {
    let text: string | undefined
    const call = async (): Promise<string> => {
      const rows = await ask<{ text: string | null }>(sql, args)
      text = rows[0]?.text ?? ''
      return text
    }
    // All on one connection, in this order, without waiting between: most of the time was the wire.
    const before = [...ending, 'savepoint one'].map((statement) => ask(statement))
    const [state] = await Promise.all([sqlStateOf(call), ...before])
    ending = [text === undefined ? 'rollback to savepoint one' : 'release savepoint one']
    done.push(text === undefined ? { args, state } : { args, text })
  }
  for (const statement of ending) await ask(statement)
  return done
}

/** Every combination of what is plausible. */
function combinations(one: FunctionInfo, known: Known, words: Words): readonly (readonly unknown[])[] {
  let all: readonly (readonly unknown[])[] = [[]]
  for (const type of one.types) {
    const values = plausibleArguments(type, known, words)
    all = all.flatMap((before) => values.map((value) => [...before, value]))
  }
  return all
}
