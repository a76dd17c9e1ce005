/**
 * Threat: an agent searches documents of another workspace, or answers from none while everybody believes that it has them.
 * Rule: the sources that a document names are there, in this workspace, when it is saved; when it is published each is ready. Who
 * is limited to some agents gives an agent no source that it did not have.
 * On failure: knowledge.missing or knowledge.not_ready with the place of each; "not yours" and "not there" are one answer.
 */
import { type AgentDocument, type ErrorCode, encodeId, type KnowledgeState, type Uuid } from '@hyponema/contract'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import { bodyId } from '../../kernel/path-id.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'
import { listStates } from './store.ts'

/** `prefix` is where the document lies in the body. */
export async function checkSources(
  tx: WorkspaceTx,
  { knowledge: { sources } }: Pick<AgentDocument, 'knowledge'>,
  options: { readonly prefix: string; readonly areReady: boolean; readonly onlyOf?: readonly string[] | undefined },
): Promise<void> {
  const { prefix, areReady, onlyOf } = options
  if (sources.length === 0) return
  const pointerOf = (index: number): string => `${prefix}/knowledge/sources/${index}`
  const ids = sources.map((source, index) => bodyId('knowledge', source, pointerOf(index)))
  const states = await listStates(tx, ids)
  const mayName = (id: Uuid): boolean => onlyOf?.includes(encodeId('knowledge', id)) !== false
  const isThere = (id: Uuid): boolean => states.has(id) && mayName(id)
  refuse(
    'knowledge.missing',
    errorsOf(ids, (id) => (isThere(id) ? undefined : 'there is no such source in this workspace')),
  )
  if (areReady)
    refuse(
      'knowledge.not_ready',
      errorsOf(ids, (id) => unready(id, states.get(id))),
    )

  function errorsOf(of: readonly Uuid[], wrongWith: (id: Uuid) => string | undefined): readonly FieldError[] {
    return of.flatMap((id, index) => {
      const detail = wrongWith(id)
      return detail === undefined ? [] : [{ pointer: pointerOf(index), detail }]
    })
  }
}

function unready(id: Uuid, state: KnowledgeState | undefined): string | undefined {
  if (state === 'ready' || state === undefined) return undefined
  const name = encodeId('knowledge', id)
  return state === 'failed'
    ? `${name} could not be read; GET /v1/knowledge/${name} says why`
    : `${name} is ${state}; publish again when it is ready`
}

function refuse(code: ErrorCode, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new AppError(code, `${errors.length} sources of an agent`, { errors })
}
