import type { Uuid } from '@hyponema/contract'
import {
  BinaryOperationNode,
  ColumnNode,
  type DeleteQueryNode,
  InsertQueryNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
  PrimitiveValueListNode,
  type QueryId,
  RawNode,
  ReferenceNode,
  type SelectQueryNode,
  type UpdateQueryNode,
  ValueListNode,
  ValueNode,
  ValuesNode,
} from 'kysely'
import type { Database } from '../../packages/server/src/platform/postgres/database.ts'
import type { WithWorkspace } from '../../packages/server/src/platform/postgres/with-workspace.ts'

/** What the authors of all stores forgot at once. */
export type Carelessness =
  /** No statement compares a workspace. */
  | { readonly forgets: 'the workspace' }
  /** No statement has a WHERE: each reads, changes and deletes whatever it can reach. */
  | { readonly forgets: 'every condition' }
  /** Every row is written into another workspace than the caller's. */
  | { readonly forgets: 'whose rows these are'; readonly writesInto: () => Uuid }
  /** Every text is put into the statement as it is, between quotes: each is a hole for injected SQL. */
  | { readonly forgets: 'parameters' }

export type CarelessDatabase = {
  readonly database: Database
  /** How many places of statements were changed so far. */
  readonly changed: () => number
}

/** The same doors, behind which every query that Kysely builds has lost what the application checks by itself. */
export function carelessDatabase(database: Database, how: Carelessness): CarelessDatabase {
  const transformer = transformerOf(how)
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => transformer.transformNode(node, queryId),
    transformResult: async ({ result }) => result,
  }
  const careless =
    (door: WithWorkspace): WithWorkspace =>
    (scope, work) =>
      door(scope, (tx) => work({ ...tx, db: tx.db.withPlugin(plugin) }))
  return {
    database: {
      ...database,
      withWorkspace: careless(database.withWorkspace),
      workerWithWorkspace: careless(database.workerWithWorkspace),
      authWithWorkspace: careless(database.authWithWorkspace),
    },
    changed: () => transformer.changed,
  }
}

function transformerOf(how: Carelessness): Counting {
  switch (how.forgets) {
    case 'the workspace':
      return new ForgetsWorkspace()
    case 'every condition':
      return new ForgetsConditions()
    case 'whose rows these are':
      return new WritesForOthers(how.writesInto)
    case 'parameters':
      return new PutsTextsIn()
    default:
      return how satisfies never
  }
}

class Counting extends OperationNodeTransformer {
  changed = 0
}

class ForgetsWorkspace extends Counting {
  protected override transformBinaryOperation(node: BinaryOperationNode, queryId?: QueryId): BinaryOperationNode {
    if (!isWorkspace(node.leftOperand)) return super.transformBinaryOperation(node, queryId)
    this.changed += 1
    const same = ValueNode.createImmediate(true)
    return BinaryOperationNode.create(same, node.operator, same)
  }
}

class ForgetsConditions extends Counting {
  protected override transformSelectQuery(node: SelectQueryNode, queryId?: QueryId): SelectQueryNode {
    return super.transformSelectQuery(this.#bare(node), queryId)
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId): UpdateQueryNode {
    return super.transformUpdateQuery(this.#bare(node), queryId)
  }

  protected override transformDeleteQuery(node: DeleteQueryNode, queryId?: QueryId): DeleteQueryNode {
    return super.transformDeleteQuery(this.#bare(node), queryId)
  }

  #bare<Node extends SelectQueryNode | UpdateQueryNode | DeleteQueryNode>(node: Node): Node {
    if (node.where === undefined) return node
    this.changed += 1
    const { where: _forgotten, ...others } = node
    // oxlint-disable-next-line typescript/consistent-type-assertions -- `where` is optional in each of the three
    return others as Node
  }
}

class WritesForOthers extends Counting {
  readonly #writesInto: () => Uuid

  constructor(writesInto: () => Uuid) {
    super()
    this.#writesInto = writesInto
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId): InsertQueryNode {
    const at = node.columns?.findIndex(({ column }) => column.name === 'workspace_id') ?? -1
    if (at < 0 || node.values === undefined || !ValuesNode.is(node.values)) {
      return super.transformInsertQuery(node, queryId)
    }
    this.changed += 1
    const other = this.#writesInto()
    const lists = node.values.values.map((list) =>
      PrimitiveValueListNode.is(list)
        ? PrimitiveValueListNode.create(list.values.with(at, other))
        : ValueListNode.create(list.values.with(at, ValueNode.create(other))),
    )
    return super.transformInsertQuery(InsertQueryNode.cloneWith(node, { values: ValuesNode.create(lists) }), queryId)
  }
}

class PutsTextsIn extends Counting {
  protected override transformValue(node: ValueNode): ValueNode {
    const { value } = node
    if (typeof value !== 'string') return node
    this.changed += 1
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the compiler takes any node where a value stands
    return RawNode.createWithSql(`'${value}'`) as OperationNode as ValueNode
  }

  protected override transformPrimitiveValueList(node: PrimitiveValueListNode): PrimitiveValueListNode {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the compiler takes a list of nodes where a list of values stands
    return ValueListNode.create(
      node.values.map((value) => this.transformNode(ValueNode.create(value))),
    ) as OperationNode as PrimitiveValueListNode
  }
}

function isWorkspace(node: BinaryOperationNode['leftOperand']): boolean {
  const column = ReferenceNode.is(node) ? node.column : node
  return ColumnNode.is(column) && column.column.name === 'workspace_id'
}
