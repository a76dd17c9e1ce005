/** The voice transport on a real port, with sessions that only remember: what each was told, and what it answers. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { encodeId, type Uuid } from '@hyponema/contract'
import { loadResampler } from '../../packages/server/src/conversation/pipeline/voice/resample.ts'
import type { VoiceClient } from '../../packages/server/src/conversation/pipeline/voice/voice-client.ts'
import { isWebSocketUpgrade } from '../../packages/server/src/conversation/transports/voice/is-web-socket-upgrade.ts'
import { type LoadOpus, opusLoader } from '../../packages/server/src/conversation/transports/voice/load-opus.ts'
import type { VoiceSocketLimits } from '../../packages/server/src/conversation/transports/voice/voice-socket-limits.ts'
import { createVoiceUpgrade } from '../../packages/server/src/conversation/transports/voice/voice-upgrade.ts'
import { parseRanges } from '../../packages/server/src/guards/client-address.ts'
import type { SessionClaims } from '../../packages/server/src/guards/session-token.ts'
import { TokenBuckets } from '../../packages/server/src/guards/token-buckets.ts'
import { AppError } from '../../packages/server/src/kernel/app-error.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import { provenScope } from '../../packages/server/src/kernel/workspace-scope.ts'

export const publicOrigin = 'https://talk.example'

/** One session: it answers typed text with the same text, and keeps what else it hears. */
export type Session = {
  readonly id: string
  readonly token: string
  readonly path: string
  readonly told: {
    /** In order: begun, gone, abandoned. */
    readonly turns: string[]
    audioBytes: number
    readonly texts: string[]
    readonly playedMs: number[]
    hangUps: number
  }
  client: VoiceClient | undefined
  /** What the session does when its client is ready, and what it waits for before it lets one in. */
  onBegin: (client: VoiceClient) => void
  admission: Promise<void>
}

export type VoiceServer = Awaited<ReturnType<typeof startVoiceServer>>

const createResampler = await loadResampler()
const loadOpus = opusLoader()

export async function startVoiceServer(
  options: { limits?: Partial<VoiceSocketLimits>; localOnly?: boolean; loadOpus?: LoadOpus } = {},
) {
  const sessions = new Map<string, { readonly session: Session; readonly claims: SessionClaims }>()
  const lines: string[] = []
  const state = { nowMs: 1_750_000_000_000, isDraining: false }
  const clock = { nowMs: () => state.nowMs }
  const newId = idMaker(clock)

  const upgrade = createVoiceUpgrade({
    verifyToken: async (token) => {
      const known = sessions.get(token)
      if (known === undefined) throw new AppError('session.token_invalid', 'not a valid session token')
      return known.claims
    },
    admit: async ({ claims, checkOrigins }) => {
      const held = [...sessions.values()].find((one) => one.claims === claims)
      if (held === undefined) throw new AppError('session.not_live', 'no such session')
      checkOrigins(['self', 'https://shop.example'])
      await held.session.admission
      return admitted(held.session)
    },
    createResampler,
    loadOpus: options.loadOpus ?? loadOpus,
    // Each client of a test has an address of its own, as if it came through a proxy.
    trustedProxies: parseRanges(['127.0.0.1']),
    localOnly: options.localOnly ?? true,
    publicOrigin,
    isDraining: () => state.isDraining,
    createBuckets: (policy) => new TokenBuckets(policy, clock),
    log: ({ level, message, error }) =>
      lines.push(`${level} ${message} ${error instanceof Error ? error.message : ''}`),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const server = createServer({ shouldUpgradeCallback: isWebSocketUpgrade }, (_request, response) => response.end())
  server.on('upgrade', upgrade.handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    port,
    upgrade,
    /** What was logged. */
    lines,
    /** The clock of the budgets, and whether the server is stopping. */
    state,
    session: (of: Partial<Pick<SessionClaims, 'client' | 'kind'>> = {}): Session => {
      const sessionId: Uuid = newId()
      const session = makeSession(encodeId('session', sessionId), `token-of-${newId()}`)
      sessions.set(session.token, { session, claims: claimsOf(sessionId, newId, of) })
      return session
    },
    close: async (): Promise<void> => {
      await upgrade.closeAll()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function makeSession(id: string, token: string): Session {
  return {
    id,
    token,
    path: `/v1/sessions/${id}/voice`,
    told: { turns: [], audioBytes: 0, texts: [], playedMs: [], hangUps: 0 },
    client: undefined,
    onBegin: () => undefined,
    admission: Promise.resolve(),
  }
}

function claimsOf(
  sessionId: Uuid,
  newId: () => Uuid,
  { client = 'browser', kind = 'connect' }: Partial<Pick<SessionClaims, 'client' | 'kind'>>,
): SessionClaims {
  return {
    sessionId,
    scope: provenScope(newId()),
    agentId: newId(),
    agentVersion: 1,
    userId: newId(),
    variablesSha256: '0'.repeat(64),
    originsSha256: '0'.repeat(64),
    modality: 'voice+text',
    client,
    kind,
    jti: newId(),
  }
}

function admitted(session: Session) {
  const { told } = session
  return {
    begin: (client: VoiceClient) => {
      session.client = client
      told.turns.push('begun')
      session.onBegin(client)
      return {
        onAudio: (pcm: Uint8Array) => {
          told.audioBytes += pcm.byteLength
        },
        onText: ({ text }: { readonly text: string }) => {
          told.texts.push(text)
          client.send({ type: 'bot-transcription', data: { text } })
        },
        onKeypad: () => undefined,
        onPlayback: ({ played_ms: playedMs }: { readonly played_ms: number }) => told.playedMs.push(playedMs),
        onHangUp: () => {
          told.hangUps += 1
          client.close(1000, 'ended_by_client')
        },
        onGone: () => told.turns.push('gone'),
      }
    },
    abandon: () => told.turns.push('abandoned'),
  }
}
