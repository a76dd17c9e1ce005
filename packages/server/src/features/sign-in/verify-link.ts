/**
 * Threat: a mail scanner that follows links, or somebody who reads the mail elsewhere, signs in or uses the link up.
 * Rule: the link's secret signs in only together with the cookie of the browser that asked for it, once. Without that cookie
 * it shows the code of its request, as often as it is asked for; that changes nothing for whoever has the cookie.
 * On failure: sign_in.link_invalid, the same for a link that never was, was used, or has expired.
 */
import { codeOfLink, hashSignInCode, hashSignInSecret } from '../../guards/sign-in-secrets.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { equalHashes } from '../../platform/crypto/keyed-hash.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { findProvedPerson, type ProvedPerson } from './find-proved-person.ts'
import { findRequestOfLink, openCode, useRequest } from './store.ts'

type Options = {
  readonly database: Pick<Database, 'withIdentity'>
  readonly clock: Clock
  readonly newId: NewId
  readonly token: string
  /** The secret of the cookie, where there is one. */
  readonly browser: string | undefined
}

/** The person, or the code to show; undefined where the link is none (any more). */
export async function verifyLink(
  options: Options,
): Promise<{ readonly person: ProvedPerson } | { readonly code: string } | undefined> {
  const { clock, newId, token, browser } = options
  const now = new Date(clock.nowMs())
  return options.database.withIdentity(async (tx) => {
    const request = await findRequestOfLink(tx, { tokenSha256: hashSignInSecret('link', token), now })
    if (request === undefined) return undefined
    if (browser !== undefined && equalHashes(hashSignInSecret('browser', browser), request.browserSha256)) {
      return (await useRequest(tx, { id: request.id, now }))
        ? { person: await findProvedPerson(tx, { request, newId }) }
        : undefined
    }
    const code = codeOfLink(token)
    return (await openCode(tx, { id: request.id, codeSha256: hashSignInCode(request.id, code) })) ? { code } : undefined
  })
}
