import type { Hono } from 'hono'
import type { SignInPorts } from '../features/sign-in/public.ts'
import { recordRefusal } from '../features/sign-in/public.ts'
import { signInRoutes } from '../features/sign-in/routes.ts'
import { CoalescedRefusals } from '../guards/coalesced-refusals.ts'
import { createSignInFailures } from '../guards/sign-in-failures.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { MailQueue } from '../platform/email/mail-queue.ts'
import type { Budgets } from './compose-budgets.ts'
import type { ServerParts } from './server-parts.ts'

export type SignIn = {
  readonly routes: Hono<ApiEnv>
  /** Resolves when every mail has gone and every refusal is written. */
  readonly close: () => Promise<void>
}

/** Sign-in with what waits behind its answers. */
export function composeSignIn(
  parts: ServerParts,
  { ports, budgets }: { ports: SignInPorts; budgets: Pick<Budgets, 'signInLinks' | 'signInAnswers'> },
): SignIn {
  const { clock, newId, config, log } = parts
  const { database } = parts.installation
  const queue = new MailQueue({ onFailed: (error) => log.warn({ err: error }, 'a sign-in mail was not sent') })
  const refusals = new CoalescedRefusals({
    clock,
    tell: (told) => recordRefusal({ database, clock, newId }, told),
    onFailed: (error) => log.error({ err: error }, 'refused sign-ins were not written to the audit log'),
  })
  const routes = signInRoutes({
    database,
    clock,
    newId,
    randomBytes: systemRandomBytes,
    publicOrigin: config.publicOrigin,
    ports,
    sendMail: parts.sendMail,
    queue,
    refusals,
    failures: createSignInFailures(database.logins.auth),
    buckets: { links: budgets.signInLinks, answers: budgets.signInAnswers },
  })
  return {
    routes,
    close: async () => {
      await queue.close()
      await refusals.close()
    },
  }
}
