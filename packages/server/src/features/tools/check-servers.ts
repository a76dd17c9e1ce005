/**
 * Threat: a tool server changes what it says of its tools after a person has looked at it, to give a model orders that nobody has
 * read.
 * Rule: a version is published with what each of its servers says now. Where the current version has pins of that server and they
 * say something else, the digest of the new list must have been approved by name. What cannot be read, checked or told apart
 * cannot be pinned.
 * On failure: tool.changed, tool.unreachable or tool.unusable, with the place of each server and what about it; nothing is pinned.
 */
import type { McpServer, ToolChange, ToolServerStatus } from '@hyponema/contract'
import { AppError, type FieldError } from '../../kernel/app-error.ts'
import { compileJsonSchema } from '../../platform/json-schema/compile-json-schema.ts'
import { digestOfTools, type ListedTool } from '../../platform/mcp/listed-tool.ts'
import type { McpFailure } from '../../platform/mcp/mcp-failure.ts'
import type { ServerReading } from './read-servers.ts'
import type { PinnedTool, ServerPins } from './store.ts'

/** A server of a draft, judged against what the current version was published with. */
export type JudgedServer = {
  readonly server: McpServer
  readonly pointer: string
  readonly status: ToolServerStatus
  /** Those that the agent has of it. */
  readonly tools: readonly ListedTool[]
  /** Undefined where it could not be read. */
  readonly sha256: string | undefined
  readonly approvedSha256: string | undefined
  readonly changes: ReadonlyMap<string, readonly ToolChange[]>
  readonly leftOut: number
  /** What keeps it from being published, in our words; no word of the server but names of tools that were checked. */
  readonly problems: readonly FieldError[]
}

/** A model takes hundreds, and reads all of them with every question. */
const maxTaken = 32
/** Of all descriptions and schemas together. */
const maxListBytes = 65_536

export function judgeServer(reading: ServerReading, pins: readonly ServerPins[]): JudgedServer {
  const { server, pointer } = reading
  const pinned = pins.find((one) => one.server === server.name)
  const known = { server, pointer, approvedSha256: pinned?.sha256 }
  if (reading.kind === 'failed') {
    const problems = [{ pointer: `${pointer}/url`, detail: detailOf(reading.failure) }]
    return { ...known, status: 'unreachable', tools: [], sha256: undefined, changes: new Map(), leftOut: 0, problems }
  }
  const { listing } = reading
  const { tools, problems } = takeTools(server, pointer, listing)
  const sha256 = digestOfTools(tools)
  const changes = pinned === undefined ? new Map<string, readonly ToolChange[]>() : changesOf(server, pinned, tools)
  const status = pinned === undefined ? 'new' : changes.size === 0 ? 'approved' : 'changed'
  return { ...known, status, tools, sha256, changes, leftOut: listing.leftOut, problems }
}

/** What a version is pinned to. Throws tool.unreachable, tool.unusable or tool.changed. */
export function checkServers(judged: readonly JudgedServer[], approved: ReadonlySet<string>): readonly ServerPins[] {
  refuse(
    'tool.unreachable',
    'tool servers could not be read',
    judged.filter(({ status }) => status === 'unreachable').flatMap(({ problems }) => problems),
  )
  refuse(
    'tool.unusable',
    'tool servers list what cannot be used',
    judged.flatMap(({ problems }) => problems),
  )
  const changed = judged.filter(({ status, sha256 = '' }) => status === 'changed' && !approved.has(sha256))
  refuse('tool.changed', 'tool servers say something else than was approved', changed.flatMap(changeErrors))
  return judged.map(({ server, tools, sha256 = '' }) => ({ server: server.name, tools: tools.map(pinOf), sha256 }))
}

function refuse(code: AppError['code'], detail: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new AppError(code, detail, { errors })
}

function pinOf({ name, description, inputSchema, sha256 }: ListedTool): PinnedTool {
  return { name, description, inputSchema, sha256 }
}

function takeTools(
  { tools: wanted }: McpServer,
  pointer: string,
  { tools, unusable }: Extract<ServerReading, { kind: 'listed' }>['listing'],
): { readonly tools: readonly ListedTool[]; readonly problems: readonly FieldError[] } {
  const problems: FieldError[] = []
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name)
  const taken = tools.filter(({ name }) => isWanted(name))
  const listed = new Set([...tools.map(({ name }) => name), ...unusable.keys()])
  for (const [index, name] of wanted.entries()) {
    if (!listed.has(name))
      problems.push({ pointer: `${pointer}/tools/${index}`, detail: `the server lists no tool ${name}` })
  }
  for (const [name, problem] of unusable) {
    if (isWanted(name)) problems.push({ pointer: `${pointer}/tools`, detail: `${name} cannot be used: ${problem}` })
  }
  for (const { name, inputSchema } of taken) {
    const compiled = compileJsonSchema(inputSchema)
    const [first] = compiled.ok ? [] : compiled.errors
    if (first === undefined) continue
    // The place is the server's text, and so is what stands there: the name of the tool says enough.
    problems.push({
      pointer: `${pointer}/tools`,
      detail: `${name} cannot be used: its schema is outside of what can be checked`,
    })
  }
  if (taken.length > maxTaken) {
    problems.push({
      pointer: `${pointer}/tools`,
      detail: `the server lists ${taken.length} tools; name those that the agent has, at most ${maxTaken}`,
    })
  }
  const bytes = Buffer.byteLength(JSON.stringify(taken), 'utf8')
  if (bytes > maxListBytes) {
    problems.push({
      pointer: `${pointer}/tools`,
      detail: `its tools take ${bytes} bytes of every question; name fewer, at most ${maxListBytes} bytes`,
    })
  }
  return { tools: taken, problems }
}

/** What the agent itself does not take any more is no change of the server. */
function changesOf(
  { tools: wanted }: McpServer,
  pinned: ServerPins,
  tools: readonly ListedTool[],
): ReadonlyMap<string, readonly ToolChange[]> {
  const changes = new Map<string, readonly ToolChange[]>()
  const before = new Map(pinned.tools.map((tool) => [tool.name, tool]))
  for (const tool of tools) {
    const old = before.get(tool.name)
    const what = old === undefined ? (['added'] as const) : differences(old, tool)
    if (what.length > 0) changes.set(tool.name, what)
  }
  const now = new Set(tools.map(({ name }) => name))
  for (const { name } of pinned.tools) {
    if (!now.has(name) && (wanted.length === 0 || wanted.includes(name))) changes.set(name, ['removed'])
  }
  return changes
}

function differences(old: PinnedTool, now: ListedTool): readonly ToolChange[] {
  if (old.sha256 === now.sha256) return []
  return old.description === now.description
    ? ['schema']
    : digestOfTools([{ ...now, description: old.description }]) === digestOfTools([old])
      ? ['description']
      : ['description', 'schema']
}

const told: Readonly<Record<ToolChange, string>> = {
  added: 'is new',
  removed: 'is not there any more',
  description: 'has another description',
  schema: 'has another schema',
}

function changeErrors({ server, pointer, changes }: JudgedServer): readonly FieldError[] {
  return [...changes].map(([name, what]) => ({
    pointer,
    detail: `${server.name}: ${name} ${what.map((one) => told[one]).join(' and ')}`,
  }))
}

const unread: Readonly<Record<McpFailure['reason'], string>> = {
  timeout: 'the server did not answer in time',
  http_status: 'the server refused to answer',
  redirect: 'the server answered with a redirect, which is not followed; name the address that it leads to',
  too_large: 'the server answered with more than is read',
  bad_json: 'the server answered with something that is no list of tools',
  refused_address: 'that address may not be called',
  network: 'the connection to the server failed',
  budget: 'this workspace calls that address too often; wait a little',
  credential: 'the key of the server cannot be used',
  refused: 'the server refused to list its tools',
}

function detailOf({ reason, statusCode }: McpFailure): string {
  return statusCode === undefined ? unread[reason] : `${unread[reason]} (status ${statusCode})`
}
