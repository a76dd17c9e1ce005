/**
 * Threat: a request that is repeated after a lost answer acts twice, and a privileged act leaves no trace.
 * Rule: every mutation runs in one audited transaction. With an `Idempotency-Key` that transaction also writes a MAC of the
 * canonical request and the id of what was made, never the body; a repeat within 24 h reads the resource again (product.md,
 * interface conventions). Its key lies outside the database, or a short secret in the body could be guessed from the row.
 * After a rotation of that key a repeat is another request.
 * On failure: another request under the same key is idempotency.mismatch; one still running is idempotency.in_progress;
 * a lock that somebody else keeps, or a deadlock, is request.conflict. Nothing has happened then.
 */
import type { Uuid } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'
import { asConflict } from '../kernel/as-conflict.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Principal } from '../kernel/principal.ts'
import { principalName } from '../kernel/principal-name.ts'
import type { RequestContext } from '../kernel/request-context.ts'
import { canonicalJson } from '../platform/crypto/canonical-json.ts'
import { keyedHashOfProcess } from '../platform/crypto/keyed-hash.ts'
import type { Keyring } from '../platform/crypto/keyring.ts'
import { lengthPrefixed } from '../platform/crypto/length-prefixed.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { type AuditedTx, auditedTransaction, type WaitUntilSealed } from './audited-transaction.ts'
import { type ClaimedKey, claimIdempotencyKey, type EarlierRequest, finishIdempotencyKey } from './idempotency-keys.ts'
import { requireStillMember } from './still-member.ts'

export type Mutation<Made extends Uuid | null, Answer> = {
  readonly principal: Principal
  readonly request: RequestContext
  /** Method and path template, e.g. `POST /v1/agents/{id}/publish`. */
  readonly route: string
  readonly idempotencyKey: string | undefined
  /** Everything that makes the request what it is: path ids and body. */
  readonly input: unknown
  /** What the first answer's status was; remembered with the key. 200 when absent. */
  readonly status?: number
  readonly work: (tx: AuditedTx) => Promise<Made>
  /** Renders the resource, for the first answer and for a repeat. */
  readonly read: (tx: WorkspaceTx, made: Made, attempt: 'first' | 'repeat') => Promise<Answer>
}

export type Mutations = {
  readonly run: <Made extends Uuid | null, Answer>(mutation: Mutation<Made, Answer>) => Promise<Answer>
}

export function createMutations(options: {
  database: Database
  clock: Clock
  newId: NewId
  keyring: Keyring
  waitUntilSealed?: WaitUntilSealed
}): Mutations {
  return {
    run: async (mutation) => {
      const { principal } = mutation
      const key = claimedKey(mutation, options.keyring)
      const first = await auditedTransaction(
        { ...options, scope: principal.scope, principal, request: mutation.request },
        async (tx) => {
          await requireStillMember(tx, principal)
          const earlier = key === undefined ? undefined : await claimIdempotencyKey(tx, key, options.clock)
          if (earlier !== undefined) return tx.withoutChange({ earlier })
          const made = await mutation.work(tx)
          if (key !== undefined) await finishIdempotencyKey(tx, key, { id: made, status: mutation.status ?? 200 })
          return { answer: await mutation.read(tx, made, 'first') }
        },
      ).catch((error: unknown) => {
        throw asConflict(error)
      })
      if ('answer' in first) return first.answer
      return options.database.withWorkspace(principal.scope, (tx) => repeat(tx, mutation, first.earlier))
    },
  }
}

async function repeat<Made extends Uuid | null, Answer>(
  tx: WorkspaceTx,
  mutation: Mutation<Made, Answer>,
  earlier: EarlierRequest,
): Promise<Answer> {
  if (!earlier.sameRequest) throw new AppError('idempotency.mismatch', `key was used for another ${mutation.route}`)
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the row holds what `work` of the same route returned
  return mutation.read(tx, earlier.madeId as Made, 'repeat')
}

function claimedKey(
  mutation: Pick<Mutation<null, unknown>, 'principal' | 'route' | 'idempotencyKey' | 'input'>,
  keyring: Keyring,
): ClaimedKey | undefined {
  if (mutation.idempotencyKey === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(mutation.idempotencyKey)) {
    throw new AppError('request.invalid', 'Idempotency-Key malformed', {
      errors: [
        { pointer: '/header/idempotency-key', detail: 'send 1 to 255 printable ASCII characters without spaces' },
      ],
    })
  }
  const { kind, id } = principalName(mutation.principal)
  return {
    principal: `${kind}:${id}`,
    route: mutation.route,
    key: mutation.idempotencyKey,
    requestSha256: keyedHashOfProcess(
      keyring.active('api_key_pepper').key,
      // Another first part than any text of an API key, which is hashed under the same pepper.
      lengthPrefixed(['hyponema request', canonicalJson({ route: mutation.route, input: mutation.input })]),
    ),
  }
}
