/**
 * Threat: two tokens in one request, so that one is checked and another one is used; a token that ends in a log.
 * Rule: the token stands in `Sec-WebSocket-Protocol` behind its prefix, or as `token` in the query, because the official RTVI
 * transport can do nothing else (data-boundary 3). However often it is given, it is one and the same.
 * On failure: no token, which is refused like a wrong one.
 */
import type { IncomingMessage } from 'node:http'
import { decodeId, tokenSubprotocolPrefix, type Uuid } from '@hyponema/contract'

export type VoiceUpgradeRequest = {
  /** Undefined where the path holds no id of a session. */
  readonly sessionId: Uuid | undefined
  readonly token: string | undefined
}

const path = /^\/v1\/sessions\/([^/?#]{1,64})\/voice$/

/** What an upgrade of the voice socket asks for; undefined for every other path. */
export function readUpgrade({ url = '', headers }: IncomingMessage): VoiceUpgradeRequest | undefined {
  const [pathname = '', ...query] = url.split('?')
  const [, id] = path.exec(pathname) ?? []
  if (id === undefined) return undefined
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())
  const tokens = new Set([
    ...offered
      .filter((protocol) => protocol.startsWith(tokenSubprotocolPrefix))
      .map((protocol) => protocol.slice(tokenSubprotocolPrefix.length)),
    ...new URLSearchParams(query.join('?')).getAll('token'),
  ])
  const [token] = tokens
  return { sessionId: decodeId('session', id), token: tokens.size === 1 ? token : undefined }
}
