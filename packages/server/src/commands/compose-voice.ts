import type { EndReason } from '@hyponema/contract'
import type { LiveSession } from '../conversation/live-session.ts'
import type { SessionHost } from '../conversation/session-host.ts'
import { opusLoader } from '../conversation/transports/voice/load-opus.ts'
import type { VoiceLog } from '../conversation/transports/voice/voice-log.ts'
import { createVoiceUpgrade, type VoiceUpgrade } from '../conversation/transports/voice/voice-upgrade.ts'
import { VoiceHost } from '../conversation/voice-host.ts'
import { issueSessionToken, type SessionClaims } from '../guards/session-token.ts'
import type { BucketPolicy, TokenBuckets } from '../guards/token-buckets.ts'
import type { ServerParts } from './server-parts.ts'

/** Wires the voice socket to the sessions of this process. */
export function composeVoice(
  parts: ServerParts,
  sessions: {
    readonly host: SessionHost
    readonly verifyToken: (token: string) => Promise<SessionClaims>
    readonly closeSession: (session: LiveSession, reason: EndReason) => Promise<void>
    readonly createBuckets: (policy: BucketPolicy) => TokenBuckets
  },
): VoiceUpgrade {
  const { clock, newId, config, log, installation, speech } = parts
  const voiceHost = new VoiceHost({
    host: sessions.host,
    database: installation.database,
    clock,
    newId,
    createListening: speech.createListening,
    playClock: speech.playClock,
    issueToken: (claims, expiresAtMs) =>
      issueSessionToken({ keys: installation.signingKeys, clock, claims, expiresAtMs }),
    closeSession: sessions.closeSession,
    log: (message, error) => log.warn({ err: error }, message),
  })
  return createVoiceUpgrade({
    verifyToken: sessions.verifyToken,
    admit: voiceHost.admit,
    createResampler: speech.createResampler,
    loadOpus: opusLoader(),
    trustedProxies: parts.trustedProxies,
    localOnly: parts.embedded !== undefined,
    publicOrigin: config.publicOrigin,
    isDraining: parts.isDraining,
    createBuckets: sessions.createBuckets,
    log: (line) => writeLine(log, line),
  })
}

function writeLine(log: ServerParts['log'], { level, message, error }: Parameters<VoiceLog>[0]): void {
  if (level === 'error') log.error({ err: error }, message)
  else if (level === 'warn') log.warn({ err: error }, message)
  else log.info(message)
}
