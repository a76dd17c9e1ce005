import {
  type BinaryOperationNode,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  OperatorNode,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  PrimitiveValueListNode,
  type QueryResult,
  ValueListNode,
} from 'kysely'
import type { QueryResultRow } from 'pg'
import { AppError } from '../../kernel/app-error.ts'

/** Runs one compiled statement on the connection of the open transaction. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the row of its statement, as with pg itself
export type RunStatement = <Row extends QueryResultRow>(
  sql: string,
  parameters: readonly unknown[],
) => Promise<{ rows: Row[]; rowCount: number | null }>

/** Kysely compiles; we execute, on the one connection of the transaction. It cannot open, end or nest transactions. */
export function workspaceDialect(run: RunStatement): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new OneConnectionDriver(run),
    createQueryCompiler: () => new NoListCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  }
}

class OneConnectionDriver implements Driver {
  readonly #connection: DatabaseConnection

  constructor(run: RunStatement) {
    this.#connection = new OneConnection(run)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    throw new AppError('server.internal', 'a WorkspaceTx is one transaction; it cannot begin another')
  }

  async commitTransaction(): Promise<void> {
    throw new AppError('server.internal', 'only withWorkspace commits')
  }

  async rollbackTransaction(): Promise<void> {
    throw new AppError('server.internal', 'only withWorkspace rolls back')
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class OneConnection implements DatabaseConnection {
  readonly #run: RunStatement

  constructor(run: RunStatement) {
    this.#run = run
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#run(query.sql, query.parameters)
    const affected = result.rowCount === null ? {} : { numAffectedRows: BigInt(result.rowCount) }
    // oxlint-disable-next-line typescript/consistent-type-assertions -- Kysely promises the row of the query it compiled; wire rows become it here
    return { rows: result.rows as Row[], ...affected }
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new AppError('server.internal', 'streaming is not offered; ask for a page')
  }
}

/** `in (...)` makes one statement per length of the list; `= any($1)` is one for all. */
class NoListCompiler extends PostgresQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const { operator, rightOperand } = node
    const isList = PrimitiveValueListNode.is(rightOperand) || ValueListNode.is(rightOperand)
    if (isList && OperatorNode.is(operator) && (operator.operator === 'in' || operator.operator === 'not in')) {
      throw new AppError(
        'server.internal',
        'write = any($1) instead of a list: where(eb => eb(column, "=", eb.fn.any(eb.val(ids))))',
      )
    }
    super.visitBinaryOperation(node)
  }
}
