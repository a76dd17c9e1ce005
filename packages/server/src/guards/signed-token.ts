/**
 * Threat: a token is forged, or a key of another kind or another system is made to verify it.
 * Rule: EdDSA only, an explicit type and audience, the key chosen by `kid` from our own set (RFC 8725).
 * On failure: `undefined`, the same for every reason.
 */
import { decodeProtectedHeader, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../kernel/clock.ts'
import type { SigningKeys } from '../platform/crypto/signing-keys.ts'

/** Who issues and who reads: fixed, so that a token of another system never fits. */
const issuer = 'hyponema'
/** Two servers whose clocks differ by this much still understand each other. */
const clockToleranceSeconds = 5
/** Our longest token is under 1 kB; anything larger is not one of ours and is not parsed. */
const maxTokenCharacters = 4096

export type TokenKind = {
  readonly typ: 'hyponema-session+jwt' | 'hyponema-operator+jwt' | 'hyponema-live+jwt'
  readonly audience: string
}

/** Signs a compact EdDSA JWT (RFC 7519, RFC 8037) with an explicit type (RFC 8725 section 3.11). */
export async function signToken(options: {
  keys: SigningKeys
  kind: TokenKind
  claims: Readonly<Record<string, string>>
  subject: string
  jti: string
  issuedAtMs: number
  expiresAtMs: number
}): Promise<string> {
  const { id, privateKey } = await options.keys.signing()
  return new SignJWT({ ...options.claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: options.kind.typ, kid: id })
    .setIssuer(issuer)
    .setAudience(options.kind.audience)
    .setSubject(options.subject)
    .setJti(options.jti)
    .setIssuedAt(Math.floor(options.issuedAtMs / 1000))
    .setExpirationTime(Math.floor(options.expiresAtMs / 1000))
    .sign(privateKey)
}

/**
 * The claims of a token that one of our keys has signed and that is valid now, else undefined. The key is chosen by `kid`
 * from our own set alone; embedded keys and key URLs are never looked at, and only EdDSA and the expected type are accepted.
 */
export async function readToken(options: {
  keys: SigningKeys
  kind: TokenKind
  clock: Clock
  token: string
}): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { keys, kind, token } = options
  if (token.length > maxTokenCharacters || !isCompactJwt(token)) return undefined
  const nowMs = options.clock.nowMs()
  try {
    const { kid, typ } = decodeProtectedHeader(token)
    const key = kid === undefined ? undefined : await keys.verifying(kid)
    // jose would also take the type in capitals or with `application/` before it: one spelling is enough.
    if (key === undefined || typ !== kind.typ) return undefined
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['EdDSA'],
      typ: kind.typ,
      issuer,
      audience: kind.audience,
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    })
    // jose would also take a list that holds our audience among others.
    return payload.aud === kind.audience && wasIssuedBy(payload.iat, nowMs) ? payload : undefined
  } catch {
    // Every reason is the same answer to the caller: not a token of ours.
    return undefined
  }
}

/** jose looks at `iat` only where a maximum age is given; a token from the future is nobody's. */
function wasIssuedBy(issuedAtSeconds: number | undefined, nowMs: number): boolean {
  return issuedAtSeconds !== undefined && issuedAtSeconds <= Math.floor(nowMs / 1000) + clockToleranceSeconds
}

/**
 * Three parts, each in its one base64url spelling: decoders ignore the unused bits of a last character, so that one
 * signature would have several texts otherwise.
 */
function isCompactJwt(token: string): boolean {
  const parts = token.split('.')
  return (
    parts.length === 3 &&
    parts.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part)
  )
}
