import type { Uuid } from '@hyponema/contract'
import { CompiledQuery } from 'kysely'
import { provenScope } from '../../../kernel/workspace-scope.ts'
import type { WithWorkspace } from '../with-workspace.ts'
import type { WorkspaceTx } from '../workspace-tx.ts'
import type { Statement } from './planted-workspaces.ts'

/** What became of one statement: how many rows it touched, or the state and message it was refused with. */
export type Outcome =
  | { readonly kind: 'rows'; readonly rows: number; readonly first: unknown }
  | { readonly kind: 'refused'; readonly state: string; readonly message: string }

class RolledBack extends Error {}

/**
 * Runs series of statements through the real door and rolls everything back. A series stops at its first refusal; the
 * series share one transaction and a savepoint parts them, because each refusal costs the door its connection.
 */
export async function attemptAll(
  door: WithWorkspace,
  workspaceId: Uuid,
  series: readonly (readonly Statement[])[],
): Promise<readonly (readonly Outcome[])[]> {
  let all: readonly (readonly Outcome[])[] = []
  const work = async (tx: WorkspaceTx): Promise<void> => {
    const run = (statement: Statement) => runOne(tx, statement)
    await run({ sql: 'savepoint probe', parameters: [] })
    // In order on the wire; the answers come back in order too.
    all = await Promise.all(series.map((statements) => runSeries(run, statements)))
    throw new RolledBack()
  }
  await door(provenScope(workspaceId), work).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error
  })
  return all
}

/**
 * One series behind a savepoint called probe, and back to it. All of it is sent at once: behind a refusal the server answers
 * 25P02 to whatever follows, which was then not tried.
 */
export async function runSeries(
  run: (statement: Statement) => Promise<Outcome>,
  statements: readonly Statement[],
): Promise<readonly Outcome[]> {
  const answers = await Promise.all([...statements, { sql: 'rollback to savepoint probe', parameters: [] }].map(run))
  const outcomes = answers.slice(0, -1)
  const refused = outcomes.findIndex(({ kind }) => kind === 'refused')
  return refused === -1 ? outcomes : outcomes.slice(0, refused + 1)
}

/** One series by itself. */
export async function attempt(
  door: WithWorkspace,
  workspaceId: Uuid,
  statements: readonly Statement[],
): Promise<readonly Outcome[]> {
  const [outcomes = []] = await attemptAll(door, workspaceId, [statements])
  return outcomes
}

async function runOne(tx: WorkspaceTx, { sql, parameters }: Statement): Promise<Outcome> {
  try {
    const result = await tx.db.executeQuery(CompiledQuery.raw(sql, [...parameters]))
    return { kind: 'rows', rows: Number(result.numAffectedRows ?? 0n), first: result.rows[0] }
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
      return { kind: 'refused', state: error.code, message: error.message }
    }
    throw error
  }
}
