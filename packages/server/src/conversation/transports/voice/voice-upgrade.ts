/**
 * Threat: strangers open sockets faster than they can be judged, from a page that may not, with a token that is none, or reach
 * the embedded default through a name of their own.
 * Rule: in this order (data-boundary 3 and 5): Host, path, budget of the address, draining, token and its session, then origin
 * and admission by the session itself. The handshake completes before a token is looked at, because browsers hide the status
 * of a refused one; until the session is admitted nothing is read.
 * On failure: plain HTTP before the handshake (421, 404, 429), afterwards a close code; no session work begins.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { voiceCloseCodes, voiceSubprotocol } from '@hyponema/contract'
import { WebSocketServer } from 'ws'
import { addressBudget, clientAddress, type parseRanges } from '../../../guards/client-address.ts'
import { isLocalHost } from '../../../guards/local-host-only.ts'
import { requireOrigin } from '../../../guards/session-origin.ts'
import type { SessionClaims } from '../../../guards/session-token.ts'
import type { BucketPolicy, TokenBuckets } from '../../../guards/token-buckets.ts'
import { AppError } from '../../../kernel/app-error.ts'
import { edgeBudgets } from '../../../kernel/edge-budgets.ts'
import { within } from '../../../kernel/within.ts'
import type { CreateResampler } from '../../pipeline/voice/resample.ts'
import type { AdmittedVoice, AdmitVoice } from './admit-voice.ts'
import { closeCodeOf } from './close-code-of.ts'
import type { LoadOpus } from './load-opus.ts'
import { readUpgrade, type VoiceUpgradeRequest } from './read-upgrade.ts'
import { refusePlainly } from './refuse-plainly.ts'
import type { VoiceLog } from './voice-log.ts'
import { VoiceSocket } from './voice-socket.ts'
import { type VoiceSocketLimits, voiceSocketLimits } from './voice-socket-limits.ts'

export type VoiceUpgradeDependencies = {
  /** Throws session.token_invalid. */
  readonly verifyToken: (token: string) => Promise<SessionClaims>
  readonly admit: AdmitVoice
  readonly createResampler: CreateResampler
  readonly loadOpus: LoadOpus
  readonly trustedProxies: ReturnType<typeof parseRanges>
  /** The embedded default answers to names of this machine only. */
  readonly localOnly: boolean
  readonly publicOrigin: string
  readonly isDraining: () => boolean
  readonly createBuckets: (policy: BucketPolicy) => TokenBuckets
  readonly log: VoiceLog
  readonly limits?: Partial<VoiceSocketLimits>
}

export type VoiceUpgrade = {
  /** For the `upgrade` event of a server; takes the socket over, whatever it asks for. */
  readonly handle: (request: IncomingMessage, stream: Duplex, head: Buffer) => void
  /** Closes what is open with 1001 and waits until it is gone, a few seconds at most. */
  readonly closeAll: () => Promise<void>
  /** Sockets from their handshake to their last byte. */
  readonly openCount: number
}

export function createVoiceUpgrade(deps: VoiceUpgradeDependencies): VoiceUpgrade {
  return new UpgradeHandler(deps)
}

class UpgradeHandler implements VoiceUpgrade {
  readonly #deps: VoiceUpgradeDependencies
  readonly #limits: VoiceSocketLimits
  readonly #server: WebSocketServer
  readonly #upgrades: TokenBuckets
  readonly #refusals: TokenBuckets
  readonly #open = new Set<VoiceSocket>()

  constructor(deps: VoiceUpgradeDependencies) {
    this.#deps = deps
    this.#limits = { ...voiceSocketLimits, ...deps.limits }
    this.#upgrades = deps.createBuckets({ name: 'voice-upgrades', ...edgeBudgets['voice-upgrades'] })
    this.#refusals = deps.createBuckets({ name: 'voice-refusals', ...edgeBudgets['voice-refusals'] })
    const options = {
      noServer: true,
      clientTracking: false,
      // A message that unpacks to more than it weighs has no bound.
      perMessageDeflate: false,
      maxPayload: this.#limits.messageBytes,
      maxFragments: this.#limits.fragments,
      closeTimeout: this.#limits.closeMs,
      // The socket answers pings itself, within its bounds.
      autoPong: false,
      // Never the one that carries the token.
      handleProtocols: (offered: Set<string>) => offered.has(voiceSubprotocol) && voiceSubprotocol,
    }
    this.#server = new WebSocketServer(options)
  }

  get openCount(): number {
    return this.#open.size
  }

  readonly handle = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    // Before anything is written: a client that is gone already must not become an error that nobody listens to.
    stream.on('error', () => undefined)
    if (this.#deps.localOnly && !isLocalHost(request.headers.host))
      return refusePlainly(stream, '421 Misdirected Request')
    const upgrade = readUpgrade(request)
    if (upgrade === undefined) return refusePlainly(stream, '404 Not Found')
    const budget = addressBudget(this.#addressOf(request))
    const isFlood = !this.#upgrades.take(budget).allowed
    if (isFlood && !this.#refusals.take(budget).allowed) return refusePlainly(stream, '429 Too Many Requests')
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      const { createResampler, loadOpus, log } = this.#deps
      const voice = new VoiceSocket({ socket, stream, limits: this.#limits, createResampler, loadOpus, log })
      this.#open.add(voice)
      void voice.closed.then(() => this.#open.delete(voice))
      if (isFlood) return voice.refuse(closeCodeOf(new AppError('request.rate_limited', 'too many upgrades')))
      void this.#judge(voice, upgrade, request.headers.origin).catch((error: unknown) => {
        this.#refusals.take(budget)
        this.#refuse(voice, error)
      })
    })
  }

  readonly closeAll = async (): Promise<void> => {
    const open = [...this.#open]
    for (const voice of open) voice.close(voiceCloseCodes.server_stopping, 'server.draining')
    await Promise.all(open.map(({ closed }) => closed))
  }

  async #judge(
    voice: VoiceSocket,
    { sessionId, token }: VoiceUpgradeRequest,
    origin: string | undefined,
  ): Promise<void> {
    const { verifyToken, admit, publicOrigin, isDraining } = this.#deps
    if (isDraining()) throw new AppError('server.draining', 'stopping')
    if (token === undefined) throw new AppError('session.token_invalid', 'no token, or more than one')
    const admission = verifyToken(token).then((claims) => {
      if (claims.sessionId !== sessionId) throw new AppError('session.token_invalid', 'a token of another session')
      if (claims.kind === 'turn') throw new AppError('session.token_invalid', 'a turn token opens no socket')
      return admit({
        claims,
        checkOrigins: (allowed) => requireOrigin({ claims, origin, allowed, publicOrigin }),
      })
    })
    voice.admit(await inTime(admission, this.#limits.admitMs))
  }

  #refuse(voice: VoiceSocket, error: unknown): void {
    const close = closeCodeOf(error)
    if (close.code === voiceCloseCodes.internal) {
      this.#deps.log({ level: 'error', message: 'a voice socket could not be opened', error })
    }
    voice.refuse(close)
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    const forwarded = headers['x-forwarded-for']
    return clientAddress({
      peer: socket.remoteAddress ?? '0.0.0.0',
      forwardedFor: typeof forwarded === 'string' ? forwarded : forwarded?.join(','),
      trustedProxies: this.#deps.trustedProxies,
    })
  }
}

/** A session that is admitted too late is given up again; a client hears in time that it was not let in. */
async function inTime(admission: Promise<AdmittedVoice>, ms: number): Promise<AdmittedVoice> {
  try {
    return await within(
      ms,
      admission,
      () => new AppError('server.internal', `a voice session was not admitted within ${ms} ms`),
    )
  } catch (error) {
    admission.then(
      ({ abandon }) => abandon(),
      () => undefined,
    )
    throw error
  }
}
