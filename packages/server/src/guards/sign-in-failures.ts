/**
 * Threat: codes, links and addresses are guessed, from one machine at many accounts or from many machines at one account,
 * on several processes at once.
 * Rule: an attempt to sign in is counted in the database before it is judged, on the network that it comes from and on the
 * e-mail address that it names, and given back when it was right. So the counts are exact on however many processes
 * (data-boundary 5). First the network: what it is refused for is not counted on the address, so that nobody can have
 * somebody else refused for longer than their own attempts last.
 * On failure: request.rate_limited with Retry-After, the same for addresses that nobody has; a database that is away lets
 * nobody try.
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
  /** Throws request.rate_limited when this network or this e-mail address has failed too often. */
  readonly begin: (who: { readonly address: string; readonly email?: string | undefined }) => Promise<SignInAttempt>
}

const windowSeconds = 15 * 60
/** An office behind one address mistypes some codes on a Monday; a hundred codes of a million are nothing to a guesser. */
const mostOfNetwork = 100
/** A person mistypes three times. Thirty guesses at a code of six digits hit once in 33,000 windows. */
const mostOfEmail = 30

export function createSignInFailures(login: LoginPool): SignInFailures {
  const count = async (subject: Buffer, most: number): Promise<void> => {
    const waitSeconds = await countAttempt(login, { subject, most, windowSeconds })
    if (waitSeconds === 0) return
    throw new AppError('request.rate_limited', 'too many failed sign-ins', { retryAfterSeconds: waitSeconds })
  }
  return {
    begin: async ({ address, email }) => {
      const network = sha256(`network\0${addressBudget(address)}`)
      const named = email === undefined ? undefined : sha256(`email\0${email.normalize('NFC').toLowerCase()}`)
      await count(network, mostOfNetwork)
      if (named !== undefined) await count(named, mostOfEmail)
      return {
        succeeded: async () => {
          await takeAttemptBack(login, network)
          if (named !== undefined) await takeAttemptBack(login, named)
        },
      }
    },
  }
}
