import { type EndReason, type VoiceCloseCode, voiceCloseCodes } from '@hyponema/contract'

/** With which code the voice socket closes when its session has ended for this reason (product.md). */
export function endCloseCode(reason: EndReason): VoiceCloseCode {
  switch (reason) {
    case 'idle':
    case 'expired':
      return voiceCloseCodes.idle_or_duration
    case 'turn_limit':
    case 'token_limit':
      return voiceCloseCodes.limit
    case 'server_stopped':
      return voiceCloseCodes.server_stopping
    case 'owner_lost':
    case 'commit_failed':
    case 'provider_failed':
      return voiceCloseCodes.internal
    case 'never_joined':
    case 'client_lost':
    case 'ended_by_agent':
    case 'ended_by_backend':
    case 'ended_by_client':
    case 'ended_by_policy':
    case 'escalated':
      return voiceCloseCodes.ended
  }
}
