import { z } from 'zod'
import type { Brand } from './brand.ts'

/**
 * An e-mail address in the one form that is stored, compared and written to: lower case, ASCII, a domain of a name with
 * its Unicode labels as `xn--` (RFC 5891). At most 254 characters (RFC 5321 section 4.5.3.1).
 */
export type EmailAddress = Brand<string, 'EmailAddress'>

/** What RFC 5322 calls a dot-atom, in ASCII: no quotes, no comments, nothing that means anything to a mail header. */
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[^.]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Nothing that a URL would read as the end of its host, as an encoding or as something to leave out. */
const typedDomain = /^[\p{L}\p{M}\p{N}.-]+$/u
/** Longer than any address in any spelling. */
const maxTyped = 320

/**
 * Reads what a person typed: spaces around it go, then lower case. The local part must be ASCII before anything is folded,
 * because a letter that only looks like another one would become it (the Kelvin sign turns into a "k" by NFC and by lower
 * case) and reach another mailbox. A Unicode domain becomes its `xn--` form, NFC included (UTS 46), so that what looks
 * alike is stored and shown as what it is. Undefined when it is no address.
 */
export function parseEmail(text: string): EmailAddress | undefined {
  if (text.length > maxTyped || !text.isWellFormed()) return undefined
  const typed = text.trim()
  const at = typed.lastIndexOf('@')
  const [local, domain] = [typed.slice(0, Math.max(at, 0)), typed.slice(at + 1)]
  if (!isAscii(local) || !typedDomain.test(domain)) return undefined
  const address = `${local.toLowerCase()}@${asciiDomain(domain) ?? ''}`
  return isEmailAddress(address) ? address : undefined
}

/** The text of a body field that {@link parseEmail} can read; it is not changed, so that the document describes one thing. */
export const emailSchema = z
  .string()
  .min(3)
  .max(maxTyped)
  .refine((text) => parseEmail(text) !== undefined, 'expected an e-mail address such as ada@example.com')
  .meta({ description: 'An e-mail address; kept in lower case', example: 'ada@example.com' })

function isEmailAddress(text: string): text is EmailAddress {
  const [local = '', domain = '', ...more] = text.split('@')
  if (more.length > 0 || text.length > 254 || local.length > 64) return false
  return localPart.test(local) && domainName.test(domain)
}

function isAscii(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text)
}

/** UTS 46, as every URL parser does it for its host. */
function asciiDomain(domain: string): string | undefined {
  const { data } = z.url({ normalize: true }).safeParse(`http://${domain}/`)
  return data?.slice('http://'.length, -1)
}
