/**
 * Threat: the answer, its time or what it costs tells who has an account here; somebody's mailbox is filled; a link that was
 * asked for is used by another browser.
 * Rule: the same statements and the same answer for every address: a row is written either way, and whether there is anybody
 * to write to is looked up after the answer has gone. Five links in ten minutes for one address from one network, and twenty
 * from everywhere, counted in the database: a stranger who asks for somebody uses up his own five first.
 * On failure: request.rate_limited with Retry-After; sign_in.invitation_invalid, which only a holder of its secret gets past.
 */
import { parseEmail, type Uuid } from '@hyponema/contract'
import { addressBudget } from '../../guards/client-address.ts'
import { isLockTimeout } from '../../guards/idempotency-keys.ts'
import { hashSignInSecret, newSignInSecret } from '../../guards/sign-in-secrets.ts'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { RandomBytes } from '../../platform/crypto/random-bytes.ts'
import { sha256 } from '../../platform/crypto/sha256.ts'
import type { SendMail } from '../../platform/email/mail.ts'
import type { MailQueue } from '../../platform/email/mail-queue.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { sendLink } from './send-link.ts'
import { insertRequest, listRequestTimes, lockRequests } from './store.ts'

/** How long a link, its cookie and its code are good for. */
export const linkLifeMs = 10 * 60_000
const mostOfNetwork = 5
/** A mailbox that is filled is a nuisance; a person who cannot sign in is worse. */
const mostOfAddress = 20
const windowMs = 10 * 60_000

type Options = {
  readonly database: Pick<Database, 'withIdentity'>
  readonly clock: Clock
  readonly newId: NewId
  readonly randomBytes: RandomBytes
  readonly publicOrigin: string
  readonly sendMail: SendMail
  readonly queue: MailQueue
  /** Of the client who asks. */
  readonly address: string
  readonly asked: {
    readonly email: string
    readonly invitation: { readonly workspaceId: Uuid; readonly invitationId: Uuid } | undefined
  }
}

/** Returns the secret for the cookie of the browser that asked. The mail is on its way later, if there is anybody. */
export async function createSignInRequest(options: Options): Promise<string> {
  const { database, clock, newId, randomBytes, asked, queue } = options
  const email = parseEmail(asked.email)
  if (email === undefined) throw new AppError('server.internal', 'an address came past its schema')
  const [token, browser] = [newSignInSecret(randomBytes), newSignInSecret(randomBytes)]
  const nowMs = clock.nowMs()
  const networkSha256 = sha256(`network\0${addressBudget(options.address)}`)
  const written = database.withIdentity(async (tx) => {
    await lockRequests(tx)
    const since = new Date(nowMs - windowMs)
    for (const [from, limit] of [
      [networkSha256, mostOfNetwork],
      [undefined, mostOfAddress],
    ] as const)
      refuseTooMany(await listRequestTimes(tx, { email, networkSha256: from, since, limit }), { limit, nowMs })
    await insertRequest(tx, {
      id: newId(),
      email,
      tokenSha256: hashSignInSecret('link', token),
      browserSha256: hashSignInSecret('browser', browser),
      networkSha256,
      invitedTo: asked.invitation?.workspaceId ?? null,
      invitationId: asked.invitation?.invitationId ?? null,
      createdAt: new Date(nowMs),
      expiresAt: new Date(nowMs + linkLifeMs),
    })
  })
  await written.catch((error: unknown) => {
    throw isLockTimeout(error) ? crowded(error) : error
  })
  queue.add(() => sendLink({ ...options, email, token, isInvited: asked.invitation !== undefined }))
  return browser
}

/** Others are asking for links faster than they can be written one after the other. */
function crowded(cause: unknown): AppError {
  return new AppError('request.conflict', 'the requests for links stayed locked', { cause, retryAfterSeconds: 5 })
}

function refuseTooMany(times: readonly Date[], { limit, nowMs }: { limit: number; nowMs: number }): void {
  const oldest = times[limit - 1]
  if (oldest === undefined) return
  throw new AppError('request.rate_limited', `${limit} links were asked for this address`, {
    retryAfterSeconds: (oldest.getTime() + windowMs - nowMs) / 1000,
  })
}
