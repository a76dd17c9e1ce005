import type { Uuid } from '@hyponema/contract'
import { CompiledQuery } from 'kysely'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'
import type { WorkspaceTx } from '../../packages/server/src/platform/postgres/workspace-tx.ts'
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
  const all: Outcome[][] = []
  const work = async (tx: WorkspaceTx): Promise<void> => {
    for (const statements of series) {
      const outcomes: Outcome[] = []
      all.push(outcomes)
      await runOne(tx, { sql: 'savepoint probe', parameters: [] })
      for (const statement of statements) {
        const outcome = await runOne(tx, statement)
        outcomes.push(outcome)
        if (outcome.kind === 'refused') break
      }
      await runOne(tx, { sql: 'rollback to savepoint probe', parameters: [] })
    }
    throw new RolledBack()
  }
  await door(provenScope(workspaceId), work).catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error
  })
  return all
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
