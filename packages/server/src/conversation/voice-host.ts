/**
 * Threat: a token opens a second socket of a session, or a lost session is taken over by somebody else.
 * Rule: a `connect` token is spent by the transaction that claims the session; a `resume` token brings one socket, only while the
 * session that it was given to is parked here, and is spent in the database too; where that socket went before it was ready,
 * the token may bring the next one. Everything else is refused before any
 * session work begins (data-boundary 3).
 * On failure: session.token_invalid, the same for every reason; the socket closes with 4001.
 */
import type { EndReason, Uuid } from '@hyponema/contract'
import { addUsage, spendToken } from '../features/sessions/public.ts'
import type { SessionClaims } from '../guards/session-token.ts'
import { AppError } from '../kernel/app-error.ts'
import type { Clock } from '../kernel/clock.ts'
import type { NewId } from '../kernel/new-id.ts'
import type { Database } from '../platform/postgres/database.ts'
import type { LiveSession } from './live-session.ts'
import type { CreateListening } from './pipeline/voice/listening.ts'
import type { PlayClock } from './pipeline/voice/play-clock.ts'
import type { SessionHost } from './session-host.ts'
import type { AdmittedVoice, AdmitVoice } from './transports/voice/admit-voice.ts'
import { VoiceConversation } from './voice-conversation.ts'

export type VoiceHostOptions = {
  readonly host: SessionHost
  readonly database: Pick<Database, 'withWorkspace'>
  readonly clock: Clock
  readonly newId: NewId
  readonly createListening: CreateListening
  readonly playClock: PlayClock
  readonly issueToken: (claims: SessionClaims, expiresAtMs: number) => Promise<string>
  readonly closeSession: (session: LiveSession, reason: EndReason) => Promise<void>
  readonly log: (message: string, error: unknown) => void
}

export class VoiceHost {
  readonly #options: VoiceHostOptions
  readonly #conversations = new Map<Uuid, VoiceConversation>()
  /** Of each session the resume token that was spent last, by this process: it alone may come again, when it is given back. */
  readonly #spentHere = new Map<Uuid, Uuid>()

  constructor(options: VoiceHostOptions) {
    this.#options = options
  }

  /** Opens the session of a `connect` token, or brings a parked one its next socket. */
  readonly admit: AdmitVoice = (request) => {
    switch (request.claims.kind) {
      case 'connect':
        return this.#connect(request)
      case 'resume':
        return this.#resume(request)
      case 'turn':
        return Promise.reject(new AppError('session.token_invalid', 'a turn token opens no socket'))
    }
  }

  async #connect({ claims, checkOrigins }: Parameters<AdmitVoice>[0]): Promise<AdmittedVoice> {
    const { host, createListening, playClock, closeSession, log } = this.#options
    const session = await host.join({ ...claims, kind: 'connect', checkOrigins })
    const { speech, sessionId } = session.context
    if (speech === undefined) {
      await session.end('provider_failed')
      await closeSession(session, 'provider_failed')
      throw new AppError('session.modality_unavailable', 'the session has no voice')
    }
    const conversation = new VoiceConversation({
      session,
      speech,
      readsText: claims.modality === 'voice+text',
      createListening,
      playClock,
      isDraining: () => host.isDraining,
      issueResume: () => this.#issueResume(session, claims),
      closeSession: (reason) => closeSession(session, reason),
      log,
    })
    this.#conversations.set(sessionId, conversation)
    session.onEnd(() => {
      this.#conversations.delete(sessionId)
      this.#spentHere.delete(sessionId)
      void this.#countRest(session)
    })
    return { begin: (client) => conversation.attach(client), abandon: () => conversation.abandon() }
  }

  async #resume({ claims, checkOrigins }: Parameters<AdmitVoice>[0]): Promise<AdmittedVoice> {
    const { database, clock } = this.#options
    const { sessionId, jti, scope } = claims
    const conversation = this.#conversations.get(sessionId)
    if (conversation === undefined) throw new AppError('session.token_invalid', 'no such session is parked here')
    checkOrigins(conversation.allowedOrigins)
    if (!conversation.takeResume(jti)) throw new AppError('session.token_invalid', 'not parked, or an older token')
    if (this.#spentHere.get(sessionId) !== jti) {
      const now = new Date(clock.nowMs())
      const token = { jti, sessionId, kind: 'resume', expiresAt: now, now } as const
      if (!(await database.withWorkspace(scope, (tx) => spendToken(tx, token)))) {
        throw new AppError('session.token_invalid', 'the token was spent')
      }
      this.#spentHere.set(sessionId, jti)
    }
    return { begin: (client) => conversation.attach(client), abandon: () => conversation.giveBackResume(jti) }
  }

  /** What the providers were given after the last turn is on their bill, too. */
  async #countRest({ context }: LiveSession): Promise<void> {
    const rest = context.takeSpeechUsage()
    if (rest.listenedMs === 0 && rest.spokenCharacters === 0) return
    const nothing = { turns: 0, guards: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0 }
    try {
      await this.#options.database.withWorkspace(context.scope, (tx) =>
        addUsage(tx, context.sessionId, { ...nothing, ...rest }),
      )
    } catch (error) {
      this.#options.log('what a session has listened to was not counted', error)
    }
  }

  async #issueResume(session: LiveSession, claims: SessionClaims): Promise<{ token: string; jti: Uuid }> {
    const jti = this.#options.newId()
    const { expiresAtMs } = session.context
    return { jti, token: await this.#options.issueToken({ ...claims, kind: 'resume', jti }, expiresAtMs) }
  }
}
