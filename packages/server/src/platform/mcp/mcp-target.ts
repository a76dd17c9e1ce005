import type { Uuid } from '@hyponema/contract'
import type { SecretHeader } from '../outbound/lend-secret.ts'
import type { OutboundDoor } from '../outbound/outbound-door.ts'

/** A tool server, and how it may be reached. */
export type McpTarget = {
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly workspaceId: Uuid
  readonly onlyHosts: readonly string[] | null
  readonly url: string
  readonly secretHeader: SecretHeader | undefined
  /** For each request: to connect, to list a page, to call. */
  readonly timeoutMs: number
}
