import type { Uuid } from '@hyponema/contract'
import type { ClientBase } from 'pg'
import { extendedQuery } from '../extended-query.ts'
import { servingRoles } from '../roles.ts'
import { catalogueArgument } from './plausible-arguments.ts'
import type { FunctionInfo } from './read-functions.ts'
import type { LoginName } from './read-tables.ts'
import { judged, type Verdict } from './verdict.ts'

/** So many go over the wire before an answer is waited for. */
const atOnce = 50

type Answer = { readonly text: string } | { readonly state: string }

/**
 * The server's own functions, called inside the own workspace: what may be executed shows nothing of the other, and what is
 * revoked is refused. Within the caller's transaction.
 */
export async function callCatalogue(
  client: ClientBase,
  options: { login: LoginName; functions: readonly FunctionInfo[]; own: Uuid; markers: ReadonlySet<string> },
): Promise<readonly Verdict[]> {
  const { login, own, markers } = options
  const calls = options.functions
    .filter(({ isOurs, mayExecute }) => !isOurs || !mayExecute)
    .flatMap((one) => {
      const sql = callOf(one, login)
      return sql === undefined ? [] : [{ one, sql }]
    })
  await extendedQuery(client, 'savepoint catalogue')
  await extendedQuery(client, "select set_config('app.workspace_id', $1, true)", [own])
  await extendedQuery(client, `set local session authorization ${servingRoles[login]}`)
  await extendedQuery(client, 'savepoint call')
  const verdicts: Verdict[] = []
  for (let from = 0; from < calls.length; from += atOnce) {
    const chunk = calls.slice(from, from + atOnce)
    const answers = await Promise.all(chunk.map(({ sql }) => callAndUndo(client, sql)))
    verdicts.push(
      ...chunk.map(({ one, sql }, index) =>
        judge(`${login} ${one.signature}`, one, { sql, answer: answers[index], markers }),
      ),
    )
  }
  await extendedQuery(client, 'rollback to savepoint catalogue')
  return verdicts
}

/** Both are sent at once; the second follows a refusal too. */
async function callAndUndo(client: ClientBase, sql: string): Promise<Answer> {
  const [answer] = await Promise.all([call(client, sql), extendedQuery(client, 'rollback to savepoint call')])
  return answer
}

async function call(client: ClientBase, sql: string): Promise<Answer> {
  try {
    const { rows } = await extendedQuery<{ text: string | null }>(client, sql)
    return { text: rows[0]?.text ?? '' }
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return { state: error.code }
    throw error
  }
}

function judge(
  check: string,
  { mayExecute }: FunctionInfo,
  { sql, answer, markers }: { sql: string; answer: Answer | undefined; markers: ReadonlySet<string> },
): Verdict {
  if (answer === undefined) return { check, result: 'not_probed', detail: 'no answer' }
  if (!mayExecute) {
    return 'state' in answer
      ? judged(check, answer.state === '42501', `${sql}: ${answer.state}`)
      : { check, result: 'leak', detail: `${sql} was executed` }
  }
  const shown = 'text' in answer ? [...markers].find((marker) => answer.text.includes(marker)) : undefined
  return judged(check, shown === undefined, `${sql} gives ${shown}`)
}

function callOf(one: FunctionInfo, login: LoginName): string | undefined {
  const table = login === 'sealer' ? 'tenant.audit_events' : 'tenant.users'
  const args = one.types.flatMap((type) => catalogueArgument(type, table) ?? [])
  if (args.length < one.types.length) return undefined
  return one.mayExecute ? statement(one, args) : refusedStatement(one)
}

function statement({ name, isVariadic, isProcedure, types }: FunctionInfo, args: readonly string[], from = ''): string {
  const list = isVariadic && types.at(-1) !== '"any"' ? [...args.slice(0, -1), `variadic ${args.at(-1)}`] : args
  const called = `${name}(${list.join(', ')})`
  if (isProcedure) return `call ${called}`
  return `select string_agg(x::text, ' ') as text from (select ${called} as x ${from}) s`
}

/**
 * What is revoked is asked with nothing, so that a call that is not refused does nothing either. The nothings come out of
 * a subquery that stays one: the server replaces a strict function of constant nulls before it looks at rights.
 */
function refusedStatement(one: FunctionInfo): string {
  const nothings = one.types.map(
    (type) => `null::${/^any|^"any"$|^record$/.test(type) ? (type.endsWith('array') ? 'integer[]' : 'integer') : type}`,
  )
  if (one.isProcedure || nothings.length === 0) return statement(one, nothings)
  const columns = nothings.map((nothing, index) => `${nothing} as a${index}`)
  return statement(
    one,
    nothings.map((_nothing, index) => `n.a${index}`),
    `from (select ${columns.join(', ')} offset 0) n`,
  )
}
