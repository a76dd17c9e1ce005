import { type VoiceCloseCode, voiceCloseCodes } from '@hyponema/contract'
import { AppError } from '../../../kernel/app-error.ts'

/** How a socket closes; `reason` is a code of the public catalogue, never the detail of an error. */
export type VoiceClose = { readonly code: VoiceCloseCode; readonly reason: string }

/** With which code a voice socket closes when its session could not be opened (product.md). */
export function closeCodeOf(error: unknown): VoiceClose {
  if (!(error instanceof AppError)) return { code: voiceCloseCodes.internal, reason: 'server.internal' }
  return { code: codeOf(error), reason: error.code }
}

function codeOf({ code }: AppError): VoiceCloseCode {
  switch (code) {
    case 'session.token_invalid':
    case 'session.owned_elsewhere':
    case 'api_key.missing':
    case 'api_key.invalid':
    case 'api_key.address_refused':
    case 'member.token_stale':
    case 'api_key.scope_missing':
      return voiceCloseCodes.token
    case 'session.origin_refused':
      return voiceCloseCodes.origin
    case 'session.not_live':
    case 'request.not_found':
    case 'agent.version_not_found':
      return voiceCloseCodes.gone
    case 'request.rate_limited':
    case 'session.live_limit':
    case 'session.turn_limit':
    case 'workspace.day_limit':
    case 'outbound.budget_exceeded':
      return voiceCloseCodes.limit
    case 'session.modality_unavailable':
    case 'policy.does_not_compile':
    case 'credential.missing':
    case 'credential.rejected':
    case 'credential.kind_mismatch':
    case 'credential.address_mismatch':
    case 'credential.sealed_unreadable':
      return voiceCloseCodes.unavailable
    case 'server.draining':
      return voiceCloseCodes.server_stopping
    default:
      return voiceCloseCodes.internal
  }
}
