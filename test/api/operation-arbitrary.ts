import fc from 'fast-check'
import type { ApiDocument, Operation } from './read-operations.ts'
import { hostileValue, schemaArbitrary } from './schema-arbitrary.ts'
import { type Ids, isNoun } from './two-workspaces.ts'

/** A request whose ids are put in later, so that the same one can be sent with other ids. */
export type Draft = {
  readonly operation: Operation
  readonly path: string
  readonly body: unknown
}

/** Stands for an id in a draft; `withIds` replaces it, in paths and bodies, at any depth. */
const placeFor = (noun: string): string => `<<${noun}>>`

/** Requests for one operation: mostly as its schema asks, now and then hostile. */
export function operationArbitrary(
  operation: Operation,
  document: ApiDocument,
  /** Further fields by name with a value that is taken, so that more than the schema is reached. */
  taken: Readonly<Record<string, unknown>> = {},
): fc.Arbitrary<Draft> {
  const known = {
    ...taken,
    agent_id: placeFor('agents'),
    credential_id: placeFor('credentials'),
    user_id: 'person',
    modality: 'text',
    version: 1,
  }
  const make = (schema: unknown) => schemaArbitrary(schema, { schemas: document.schemas, known })
  const query = fc.record(Object.fromEntries(operation.query.map(({ name, schema }) => [name, make(schema)])), {
    requiredKeys: [],
  })
  const body =
    operation.body === undefined
      ? fc.constant(undefined)
      : fc.oneof({ weight: 12, arbitrary: make(operation.body) }, { weight: 1, arbitrary: hostileValue })
  return fc.tuple(query, body).map(([fields, drafted]) => ({
    operation,
    path: operation.path.replace('{id}', placeFor(operation.noun)).replace('{version}', '1') + queryText(fields),
    body: drafted,
  }))
}

/** The path and body of a draft with these ids. */
export function withIds(draft: Draft, ids: Ids): { path: string; body: unknown } {
  const put = (text: string): string =>
    text.replace(/<<([a-z-]+)>>/g, (_whole, noun: string) => {
      // Left as it is it would be no id at all, which every route refuses before it looks anything up.
      if (!isNoun(noun)) throw new Error(`no ids of ${noun}: add them to two-workspaces.ts`)
      return ids[noun]
    })
  return { path: put(draft.path), body: replaceTexts(draft.body, put) }
}

function queryText(fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    return `${name}=${encodeURIComponent(text.toWellFormed().slice(0, 500))}`
  })
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function replaceTexts(value: unknown, put: (text: string) => string): unknown {
  if (typeof value === 'string') return put(value)
  if (Array.isArray(value)) return value.map((item) => replaceTexts(item, put))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceTexts(item, put)]))
}
