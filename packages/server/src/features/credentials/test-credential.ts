/**
 * Threat: the test of a key becomes a way to send it elsewhere, to look at our network, or to read it: the provider, or who
 * sits at a base URL, repeats it in its answer.
 * Rule: one GET through the outbound door to the credential's own address, judged there; the key is opened by the door, once,
 * counted before that, where it still is not revoked, and wiped behind it; of the answer leave the status and its first words without the key in any of its
 * forms. No transaction is open meanwhile.
 * On failure: request.invalid or outbound.address_refused with a pointer, or credential.revoked, before anything is opened; else
 * a verdict.
 */
import { type credentialTestSchema, isManagedCredential, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { NewId } from '../../kernel/new-id.ts'
import { notFound } from '../../kernel/path-id.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import type { CredentialSealer } from '../../platform/crypto/credential-sealer.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import { redactProviderWords } from '../../platform/outbound/redact-provider-words.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { readOutboundHosts } from '../workspaces/public.ts'
import { findProviderCall, type ProviderCall } from './find-provider-call.ts'
import { openCounted } from './open-counted.ts'
import { findCredential, findSealedVersions } from './store.ts'

type TestDependencies = {
  readonly database: Pick<Database, 'withWorkspace'>
  readonly clock: Clock
  readonly newId: NewId
  readonly sealer: CredentialSealer
  readonly door: Pick<OutboundDoor, 'fetch'>
}

export type CredentialVerdict = z.infer<typeof credentialTestSchema>
export type TestedCredential = { readonly version: number; readonly verdict: CredentialVerdict }

/** Somebody waits for the answer; a provider that takes longer is not reachable for a conversation either. */
const limits = { firstByteMs: 8_000, totalMs: 10_000, maxResponseBytes: 4_194_304 } as const
/** A refusal is in the first sentence; the rest is a list of models. */
const maxWordsBytes = 8_192

export async function testCredential(
  deps: TestDependencies,
  { scope, id }: { scope: WorkspaceScope; id: Uuid },
): Promise<TestedCredential> {
  const { sealed, call, onlyHosts } = await deps.database.withWorkspace(scope, async (tx) => {
    const credential = await findCredential(tx, id)
    if (credential === undefined) throw notFound('credential')
    if (isManagedCredential(credential)) throw new AppError('credential.managed', `credential ${id} is an endpoint's`)
    const found = (await findSealedVersions(tx, [id])).get(id)
    if (found === undefined) throw new AppError('credential.revoked', `credential ${id} has no live version`)
    return { sealed: found, call: findCall(credential), onlyHosts: await readOutboundHosts(tx) }
  })
  const lent = openCounted(deps, { scope, sealed, purpose: 'test' })
  const startedMs = performance.now()
  try {
    const use = {
      workspaceId: scope.workspaceId,
      onlyHosts,
      limits,
      secretHeader: { name: call.header, prefix: call.prefix, secret: lent },
    }
    const found = await ask(deps.door, call, {
      use,
      redact: (words) => redactProviderWords(words, lent),
      isNamedByTenant: sealed.baseUrl !== null,
    })
    const checkedAt = new Date(deps.clock.nowMs()).toISOString()
    const verdict = { ...found, checked_at: checkedAt, duration_ms: Math.round(performance.now() - startedMs) }
    return { version: sealed.version, verdict }
  } finally {
    lent.destroy()
  }
}

function findCall(credential: Parameters<typeof findProviderCall>[0]): ProviderCall {
  const call = findProviderCall(credential)
  if (call !== undefined) return call
  throw new AppError('request.invalid', `nobody knows where ${credential.provider} is`, {
    errors: [
      {
        pointer: '/base_url',
        detail: `we do not know the address of \`${credential.provider}\`; create the credential with its base_url to test it`,
      },
    ],
  })
}

type Found = Pick<CredentialVerdict, 'result' | 'status_code' | 'provider_words'>

async function ask(
  door: TestDependencies['door'],
  call: ProviderCall,
  options: {
    use: Parameters<OutboundDoor['fetch']>[1]
    redact: (words: string) => string
    isNamedByTenant: boolean
  },
): Promise<Found> {
  try {
    const headers = { accept: 'application/json' }
    const response = await door.fetch({ url: call.url, method: 'GET', headers }, options.use)
    const { status } = response
    if (response.ok) {
      await response.body?.cancel()
      return { result: 'valid', status_code: status, provider_words: null }
    }
    const words = options.redact(await readStart(response))
    return { result: verdictOf(status), status_code: status, provider_words: words === '' ? null : words }
  } catch (error) {
    return unreachable(error, options)
  }
}

/** 402 is an account without money: the key is known, and no call with it is served. */
function verdictOf(status: number): Found['result'] {
  return status === 401 || status === 402 || status === 403 ? 'rejected' : 'unreachable'
}

function unreachable(error: unknown, { isNamedByTenant }: { isNamedByTenant: boolean }): Found {
  if (!(error instanceof AppError)) throw error
  switch (error.code) {
    case 'outbound.timeout':
    case 'outbound.failed':
    case 'outbound.too_large':
      return { result: 'unreachable', status_code: null, provider_words: null }
    case 'outbound.address_refused':
      // The provider's own address is ours to know: it does not resolve now, or the workspace's list leaves it out.
      if (!isNamedByTenant) return { result: 'unreachable', status_code: null, provider_words: null }
      throw new AppError('outbound.address_refused', error.message, {
        cause: error,
        errors: [
          {
            pointer: '/base_url',
            detail:
              'that address may not be called; it must be public, or opened by the installation and the workspace',
          },
        ],
      })
    default:
      throw error
  }
}

async function readStart(response: Response): Promise<string> {
  if (response.body === null) return ''
  const body: ReadableStream<Uint8Array> = response.body
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    while (bytes < maxWordsBytes) {
      const next: { readonly value?: unknown } = await reader.read()
      if (!(next.value instanceof Uint8Array)) break
      pieces.push(next.value)
      bytes += next.value.byteLength
    }
  } catch {
    // What came before it broke off is what was said.
  }
  await reader.cancel().catch(() => undefined)
  return new TextDecoder().decode(Buffer.concat(pieces).subarray(0, maxWordsBytes))
}
