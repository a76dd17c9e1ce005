import type { EmailAddress } from '@hyponema/contract'
import type { Clock } from '../../kernel/clock.ts'
import type { SendMail } from '../../platform/email/mail.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { renderLinkMail } from './render-link-mail.ts'
import { deleteOldRequests, findIdentity } from './store.ts'

/** Wrong codes are counted over a day, see verify-code.ts; older rows serve nothing. */
const keptMs = 24 * 60 * 60_000

type Options = {
  readonly database: Pick<Database, 'withIdentity'>
  readonly clock: Clock
  readonly publicOrigin: string
  readonly sendMail: SendMail
  readonly email: EmailAddress
  readonly token: string
  readonly isInvited: boolean
}

/** Runs after the answer: mails the link where somebody is known or invited, else does nothing. Sweeps old requests. */
export async function sendLink({ database, clock, sendMail, email, token, ...options }: Options): Promise<void> {
  const identity = await database.withIdentity(async (tx) => {
    await deleteOldRequests(tx, new Date(clock.nowMs() - keptMs))
    return findIdentity(tx, email)
  })
  if (identity === undefined && !options.isInvited) return
  // In the fragment, which browsers send to no server and into no Referer.
  await sendMail(renderLinkMail({ to: email, link: `${options.publicOrigin}/auth/link#${token}` }))
}
