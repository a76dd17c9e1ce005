import { isDoorHeader } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { SecretHeader } from './lend-secret.ts'

/** What callers may read of an answer. Everything else, cookies and redirect targets first of all, stays outside. */
const readable = new Set([
  'content-type',
  'date',
  'etag',
  'last-modified',
  'mcp-session-id',
  'request-id',
  'retry-after',
  'x-request-id',
])

const maxHeaderCharacters = 1024

/** The headers of a request as they go out, without the secret one. Names and values are checked by the Headers class. */
export function requestHeaders(
  given: ConstructorParameters<typeof Headers>[0] | undefined,
  secretHeader: SecretHeader | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of new Headers(given)) {
    // A caller's `authorization` holds a placeholder at most, so it never leaves.
    const isWithheld = isDoorHeader(name) || name === 'authorization' || name === secretHeader?.name.toLowerCase()
    if (!isWithheld) headers[name] = value
  }
  // A compressed answer could be small on the wire and endless in memory; we ask for none and refuse one.
  headers['accept-encoding'] = 'identity'
  headers['user-agent'] = 'hyponema'
  return headers
}

/** Has the secret opened and calls `send` with its header added. The header's text is garbage that cannot be wiped; the bytes stay the owner's. */
export async function withSecretHeader<Result>(
  headers: Record<string, string>,
  secretHeader: SecretHeader | undefined,
  send: (headers: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  if (secretHeader === undefined) return send(headers)
  const name = secretHeader.name.toLowerCase()
  if (isDoorHeader(name))
    throw new AppError('credential.rejected', `a key cannot stand in the header ${name}, which the door writes`)
  await secretHeader.secret.unseal()
  return secretHeader.secret.use((bytes) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
    if (!/^[\x21-\x7e]+$/.test(text))
      throw new AppError('credential.rejected', 'the secret holds characters that no header may hold')
    return send({ ...headers, [name]: secretHeader.prefix + text })
  })
}

/** Keeps the few headers that callers need, cut and without anything unprintable. */
export function responseHeaders(given: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase()
    if (value === undefined || !(readable.has(lower) || lower.startsWith('x-ratelimit-'))) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    headers.set(
      lower,
      text
        .replaceAll(/[^\x20-\x7e]/g, '')
        .slice(0, maxHeaderCharacters)
        .trim(),
    )
  }
  return headers
}
