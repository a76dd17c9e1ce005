/**
 * Threat: events are sent to somebody who never asked for them; an old answer, or that of another endpoint, passes for a
 * proof; the answer floods us, or is shown to whoever aims the URL at something that is not theirs.
 * Rule: 32 random bytes are made for this one request, are stored nowhere, and are compared in constant time with what comes
 * back. The request is signed like every other and goes through the outbound door: 15 s, 4 KiB, no redirect, no compression.
 * On failure: an outcome and our own words for it; nothing of the answer but its status is passed on.
 */
import { encodeId, type Uuid, type WebhookChallengeOutcome } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import { equalHashes } from '../../platform/crypto/keyed-hash.ts'
import type { RandomBytes } from '../../platform/crypto/random-bytes.ts'
import type { Secret } from '../../platform/crypto/secret.ts'
import { signWebhook } from '../../platform/crypto/webhook-signature.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import type { SealedCredentialVersion } from '../credentials/public.ts'

export type ChallengeDependencies = {
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly sealer: Pick<CredentialSealer, 'open'>
  readonly clock: Clock
  readonly newId: NewId
  readonly randomBytes: RandomBytes
}

export type ChallengedEndpoint = {
  readonly workspaceId: Uuid
  readonly onlyHosts: readonly string[] | null
  readonly url: string
  readonly hmac: readonly SealedCredentialVersion[]
  readonly ed25519: readonly SealedCredentialVersion[]
}

export type ChallengeResult = {
  readonly outcome: WebhookChallengeOutcome
  readonly statusCode: number | null
  readonly detail: string
}

const challengeBytes = 32
/** What a delivery may take as well: who cannot answer a challenge in that time would fail at every event. */
const totalMs = 15_000
/** The echo is 43 characters and a little JSON. */
const maxAnswerBytes = 4096

export async function sendChallenge(
  deps: ChallengeDependencies,
  endpoint: ChallengedEndpoint,
): Promise<ChallengeResult> {
  const challenge = deps.randomBytes(challengeBytes).toString('base64url')
  const request = await signedRequest(deps, endpoint, challenge)
  const { workspaceId, onlyHosts, url } = endpoint
  try {
    const response = await deps.door.fetch(
      { url, method: 'POST', ...request },
      { workspaceId, onlyHosts, limits: { firstByteMs: totalMs, totalMs, maxResponseBytes: maxAnswerBytes } },
    )
    if (!response.ok) {
      await response.body?.cancel()
      return { outcome: 'status', statusCode: response.status, detail: statusWords(response.status) }
    }
    const echoes = isEcho(await response.text(), challenge)
    return echoes
      ? { outcome: 'succeeded', statusCode: response.status, detail: 'The endpoint answered with the challenge.' }
      : { outcome: 'not_echoed', statusCode: response.status, detail: notEchoedWords }
  } catch (error) {
    return { statusCode: null, ...failureOf(error) }
  }
}

async function signedRequest(deps: ChallengeDependencies, endpoint: ChallengedEndpoint, challenge: string) {
  const id = encodeId('event', deps.newId())
  const nowMs = deps.clock.nowMs()
  const timestampSeconds = Math.floor(nowMs / 1000)
  const body = Buffer.from(
    JSON.stringify({
      id,
      type: 'webhook.challenge',
      created_at: new Date(nowMs).toISOString(),
      data: { challenge },
    }),
  )
  const opened: Secret[] = []
  const open = async (version: SealedCredentialVersion): Promise<Secret> => {
    const { credentialId, kind } = version
    const place = { workspaceId: endpoint.workspaceId, credentialId, version: version.version, kind }
    const secret = await deps.sealer.open(place, version)
    opened.push(secret)
    return secret
  }
  try {
    const hmac = await Promise.all(endpoint.hmac.map(open))
    const ed25519 = await Promise.all(endpoint.ed25519.map(open))
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signWebhook({ id, timestampSeconds, body, hmac, ed25519 }),
      },
    }
  } finally {
    for (const secret of opened) secret.destroy()
  }
}

/** The bare text, or JSON whose `challenge` it is. */
function isEcho(answer: string, challenge: string): boolean {
  const text = answer.trim()
  return isSame(text, challenge) || isSame(challengeOf(text), challenge)
}

function isSame(one: string | undefined, challenge: string): boolean {
  return one !== undefined && equalHashes(Buffer.from(one), Buffer.from(challenge))
}

function challengeOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('challenge' in value)) return undefined
    return typeof value.challenge === 'string' ? value.challenge : undefined
  } catch {
    // What is no JSON is no echo either.
    return undefined
  }
}

const notEchoedWords =
  'The endpoint answered without the challenge; answer {"challenge": "…"} with data.challenge, or its bare text.'

function statusWords(status: number): string {
  return status >= 300 && status < 400
    ? `The endpoint answered ${status}; redirects are not followed, so give the URL that it leads to.`
    : `The endpoint answered ${status}; only 2xx counts.`
}

/** Whatever says nothing about the endpoint goes to the caller as it is. */
function failureOf(error: unknown): Pick<ChallengeResult, 'outcome' | 'detail'> {
  if (!(error instanceof AppError)) throw error
  switch (error.code) {
    case 'outbound.address_refused':
      return { outcome: 'refused', detail: 'That address may not be called, or its name leads nowhere.' }
    case 'outbound.timeout':
      return { outcome: 'timeout', detail: `The endpoint took longer than ${totalMs / 1000} s.` }
    case 'outbound.too_large':
      return { outcome: 'too_large', detail: `The endpoint answered more than ${maxAnswerBytes} bytes.` }
    case 'outbound.failed':
      return {
        outcome: 'unreachable',
        detail: 'No connection came about, it broke off, or the answer was compressed.',
      }
    default:
      throw error
  }
}
