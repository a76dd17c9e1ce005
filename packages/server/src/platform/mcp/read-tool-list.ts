import { cleanTool, type UntrustedTool } from './clean-tool.ts'
import type { ListedTool } from './listed-tool.ts'
import { McpFailure } from './mcp-failure.ts'

/** What a server lists, read to its end. */
export type ToolListing = {
  /** Those that a model may be given, in the order of their server. */
  readonly tools: readonly ListedTool[]
  /** Those that it may not, and why, by name. */
  readonly unusable: ReadonlyMap<string, string>
  /** How many have names that no model takes. */
  readonly leftOut: number
}

export type ToolPage = { readonly tools: readonly UntrustedTool[]; readonly nextCursor: string | undefined }

/** A person could not approve more. */
const maxListed = 200
/** Ten pages of twenty. */
const maxPages = 10
/** What every model takes, and what an agent can name. */
const nameShape = /^[A-Za-z0-9_.-]{1,64}$/

/** Throws McpFailure where the list does not end, is too long, or names a tool twice. */
export async function readToolList(readPage: (cursor: string | undefined) => Promise<ToolPage>): Promise<ToolListing> {
  const listed: UntrustedTool[] = []
  let cursor: string | undefined
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    if (page === maxPages) throw new McpFailure('too_large', `its list of tools has more than ${maxPages} pages`)
    const { tools, nextCursor }: ToolPage = await readPage(cursor)
    listed.push(...tools.slice(0, maxListed + 1))
    if (listed.length > maxListed) throw new McpFailure('too_large', `it lists more than ${maxListed} tools`)
    cursor = nextCursor
  }
  return sort(listed)
}

function sort(listed: readonly UntrustedTool[]): ToolListing {
  const tools: ListedTool[] = []
  const unusable = new Map<string, string>()
  const names = new Set<string>()
  let leftOut = 0
  for (const untrusted of listed) {
    const { name } = untrusted
    if (!nameShape.test(name)) {
      leftOut += 1
      continue
    }
    if (names.has(name)) throw new McpFailure('bad_json', 'it lists one tool twice')
    names.add(name)
    const cleaned = cleanTool(untrusted)
    if (cleaned.ok) tools.push(cleaned.tool)
    else unusable.set(name, cleaned.problem)
  }
  return { tools, unusable, leftOut }
}
