/**
 * Threat: codes and links are guessed from one machine at many accounts, on several processes at once.
 * Rule: an attempt to sign in is counted in the database before it is judged, on the network that it comes from, and given
 * back when it was right. So the count is exact on however many processes (data-boundary 5). Guesses from many networks at
 * one address are counted by its requests, in features/sign-in/verify-code.ts.
 * On failure: request.rate_limited with Retry-After; a database that is away lets nobody try.
 */
import { AppError } from '../kernel/app-error.ts'
import { sha256 } from '../platform/crypto/sha256.ts'
import type { LoginPool } from '../platform/postgres/login-pool.ts'
import { countAttempt, takeAttemptBack } from '../platform/postgres/sign-in-attempts.ts'
import { addressBudget } from './client-address.ts'

export type SignInAttempt = {
  /** The attempt was right and is no failure. Whoever does not call it has failed. */
  readonly succeeded: () => Promise<void>
}

export type SignInFailures = {
  /** Throws request.rate_limited when the network of this client address has failed too often. */
  readonly begin: (address: string) => Promise<SignInAttempt>
}

const windowSeconds = 15 * 60
/** An office behind one address mistypes some codes on a Monday; a hundred codes of a million are nothing to a guesser. */
const mostOfNetwork = 100

export function createSignInFailures(login: LoginPool): SignInFailures {
  return {
    begin: async (address) => {
      const subject = sha256(`network\0${addressBudget(address)}`)
      const waitSeconds = await countAttempt(login, { subject, most: mostOfNetwork, windowSeconds })
      if (waitSeconds > 0)
        throw new AppError('request.rate_limited', 'too many failed sign-ins', { retryAfterSeconds: waitSeconds })
      return { succeeded: () => takeAttemptBack(login, subject) }
    },
  }
}
