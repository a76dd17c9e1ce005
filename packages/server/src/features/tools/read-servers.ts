/**
 * Threat: asking a tool server what it offers sends its key elsewhere, takes for ever, or holds a transaction open meanwhile.
 * Rule: each server is asked through the outbound door, outside any transaction, within fifteen seconds in all; its key is bound
 * to its origin first, opened by the door, counted before that, and wiped behind it. Nothing is remembered between two askings.
 * On failure: the server counts as unreachable, with the reason in our words; a key that may not be sent is refused as
 * credential.address_mismatch before anything is asked.
 */
import { type AgentDocument, decodeId, type McpServer } from '@hyponema/contract'
import { AppError } from '../../kernel/app-error.ts'
import { deadline } from '../../kernel/deadline.ts'
import type { WorkspaceScope } from '../../kernel/workspace-scope.ts'
import { connectMcp } from '../../platform/mcp/connect-mcp.ts'
import { failureOfDoor, type McpFailure } from '../../platform/mcp/mcp-failure.ts'
import type { ToolListing } from '../../platform/mcp/read-tool-list.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import {
  type CurrentVersion,
  checkAddress,
  findSealedVersions,
  type OpenCountedDependencies,
  openCounted,
} from '../credentials/public.ts'
import { readOutboundHosts } from '../workspaces/public.ts'
import { checkListing } from './check-listing.ts'

export type ReadServersDependencies = OpenCountedDependencies & {
  readonly door: Pick<OutboundDoor, 'fetch' | 'isOpened'>
}

/** What a server said, or why it said nothing. */
export type ServerReading = {
  readonly server: McpServer
  /** To it in the document. */
  readonly pointer: string
} & (
  | { readonly kind: 'listed'; readonly listing: ToolListing }
  | { readonly kind: 'failed'; readonly failure: McpFailure }
)

/** Whoever publishes waits for it. */
const maxReadMs = 15_000

/** Asks every tool server of a document at the same time. */
export async function readServers(
  deps: ReadServersDependencies,
  { scope, document }: { readonly scope: WorkspaceScope; readonly document: AgentDocument },
): Promise<readonly ServerReading[]> {
  const asked = document.tools.flatMap((server, index) =>
    typeof server === 'string' || server.kind !== 'mcp' ? [] : [{ server, pointer: `/tools/${index}` }],
  )
  if (asked.length === 0) return []
  const ids = asked.flatMap(({ server }) => credentialOf(server) ?? [])
  const { sealed, onlyHosts } = await deps.database.withWorkspace(scope, async (tx) => ({
    sealed: await findSealedVersions(tx, ids),
    onlyHosts: await readOutboundHosts(tx),
  }))
  return Promise.all(
    asked.map(async ({ server, pointer }) => {
      const id = credentialOf(server)
      const key = id === undefined ? undefined : sealed.get(id)
      try {
        return {
          server,
          pointer,
          kind: 'listed',
          listing: await readOne(deps, { scope, server, pointer, key, onlyHosts }),
        }
      } catch (error) {
        const failure = failureOfDoor(error)
        if (failure === undefined || isOurRefusal(error)) throw error
        return { server, pointer, kind: 'failed', failure }
      }
    }),
  )
}

function credentialOf({ auth }: McpServer) {
  return auth === undefined ? undefined : decodeId('credential', auth.credential_id)
}

/** What the caller has to change before anything may be asked. */
function isOurRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code.startsWith('credential.')
}

async function readOne(
  deps: ReadServersDependencies,
  asked: {
    readonly scope: WorkspaceScope
    readonly server: McpServer
    readonly pointer: string
    readonly key: CurrentVersion | undefined
    readonly onlyHosts: readonly string[] | null
  },
): Promise<ToolListing> {
  const { scope, server, pointer, key, onlyHosts } = asked
  const { url, auth } = server
  if (auth !== undefined && key === undefined) {
    throw new AppError('credential.missing', 'the credential of a tool server is gone', {
      errors: [{ pointer: `${pointer}/auth/credential_id`, detail: 'name a credential that exists in this workspace' }],
    })
  }
  if (key !== undefined && key.kind !== 'internal_api') {
    throw new AppError('credential.kind_mismatch', `credential is of kind ${key.kind}`, {
      errors: [{ pointer: `${pointer}/auth/credential_id`, detail: 'this needs a credential of kind `internal_api`' }],
    })
  }
  if (key !== undefined)
    checkAddress(key, { url, pointer: `${pointer}/url`, isOpened: (one) => deps.door.isOpened(one) })
  const secret = key === undefined ? undefined : openCounted(deps, { scope, sealed: key, purpose: 'tool' })
  const limit = deadline({ timeoutMs: maxReadMs, code: 'outbound.timeout', what: 'reading the tools of a server' })
  try {
    const secretHeader =
      auth === undefined || secret === undefined ? undefined : { name: auth.header, prefix: auth.prefix, secret }
    const connection = await connectMcp(
      {
        door: deps.door,
        workspaceId: scope.workspaceId,
        onlyHosts,
        url,
        secretHeader,
        timeoutMs: server.timeout_ms,
      },
      limit.signal,
    )
    try {
      const listing = await connection.listTools(limit.signal)
      return secret === undefined ? listing : checkListing(listing, secret)
    } finally {
      await connection.close()
    }
  } finally {
    limit.clear()
    secret?.destroy()
  }
}
