/**
 * Threat: whoever asks for links to somebody's address guesses the six digits.
 * Rule: a code can be right only where the link of its request was opened elsewhere, only with the cookie of that request, and
 * five guesses end the request; each is counted before it is compared. 25 wrong ones in a day close the way by code for an
 * address, in all its requests together; its links still sign in with their cookie.
 * On failure: sign_in.code_wrong, whether there is a code to guess or not; sign_in.request_ended when no guess is left.
 */
import { hashSignInCode, hashSignInSecret } from '../../guards/sign-in-secrets.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { equalHashes } from '../../platform/crypto/keyed-hash.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { findProvedPerson, type ProvedPerson } from './find-proved-person.ts'
import { countGuess, countGuesses, useRequest } from './store.ts'

/** 25 of a million, every day: a stranger needs 75 years for an even chance, and a person never types so many. */
const maxGuessesADay = 25
const dayMs = 24 * 60 * 60_000

type Options = {
  readonly database: Pick<Database, 'withIdentity'>
  readonly clock: Clock
  readonly newId: NewId
  readonly code: string
  readonly browser: string | undefined
}

export async function verifyCode(
  options: Options,
): Promise<{ readonly person: ProvedPerson } | { readonly refused: 'sign_in.code_wrong' | 'sign_in.request_ended' }> {
  const { clock, newId, code, browser } = options
  if (browser === undefined) return { refused: 'sign_in.request_ended' }
  const now = new Date(clock.nowMs())
  return options.database.withIdentity(async (tx) => {
    const request = await countGuess(tx, { browserSha256: hashSignInSecret('browser', browser), now })
    if (request === undefined) return { refused: 'sign_in.request_ended' }
    const guesses = await countGuesses(tx, { email: request.email, since: new Date(now.getTime() - dayMs) })
    const hash = hashSignInCode(request.id, code)
    const isRight = equalHashes(hash, request.codeSha256 ?? Buffer.alloc(hash.length))
    if (!isRight || guesses > maxGuessesADay) return { refused: 'sign_in.code_wrong' }
    if (!(await useRequest(tx, { id: request.id, now }))) return { refused: 'sign_in.request_ended' }
    return { person: await findProvedPerson(tx, { request, newId }) }
  })
}
