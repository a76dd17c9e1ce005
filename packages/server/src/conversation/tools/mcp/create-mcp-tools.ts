/**
 * Threat: a tool server decides what the model is offered, under which name, or what its answers are taken for.
 * Rule: a session offers what was pinned when its version was published, under names that no other tool has. Arguments pass the
 * pinned schema before anything is sent. Answers are data: text and fields, without our key in them; what is an error for the
 * server is a failure with its words, which stay as untrusted as any answer.
 * On failure: a run that failed, with a sentence that a person may hear.
 */
import type { AgentTool, McpServer, SealedAuth, Uuid } from '@hyponema/contract'
import { closeArguments, listToolNames, type PinnedTool, type ServerPins } from '../../../features/tools/public.ts'
import { deadline } from '../../../kernel/deadline.ts'
import type { SchemaProblem } from '../../../platform/json-schema/check-run.ts'
import { type CompiledSchema, compileJsonSchema } from '../../../platform/json-schema/compile-json-schema.ts'
import { isJsonObject } from '../../../platform/json-schema/is-json-object.ts'
import type { McpFailure } from '../../../platform/mcp/mcp-failure.ts'
import type { McpTarget } from '../../../platform/mcp/mcp-target.ts'
import type { McpAnswer } from '../../../platform/mcp/read-answer.ts'
import type { SecretHeader } from '../../../platform/outbound/lend-secret.ts'
import type { OutboundDoor } from '../../../platform/outbound/outbound-door.ts'
import type { Tool, ToolReport, ToolRun } from '../define-tool.ts'
import { maskSecrets } from '../mask-secrets.ts'
import { refuseLength, renderResult } from '../render-result.ts'
import { sentenceOfStatus, toolSentences, unknownWork } from '../tool-sentences.ts'
import { readToolFields } from './read-tool-fields.ts'
import { type LinkedAnswer, ServerLink } from './server-link.ts'

export type McpToolsOptions = {
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly workspaceId: Uuid
  readonly onlyHosts: readonly string[] | null
  /** Throws credential.missing or credential.address_mismatch. */
  readonly headerFor: (auth: SealedAuth, url: string) => SecretHeader
}

export type McpTools = {
  /** Its pinned tools; none where nothing is pinned. */
  readonly of: (server: McpServer) => readonly Tool[]
  /** Ends every session at a server, within two seconds. Never rejects; undefined where none is open. */
  readonly close: () => Promise<void> | undefined
}

/** Of a server's own no. Who runs the tool passes less of it on. */
const maxWordCharacters = 4000

/** Whoever runs a tool gives it up so much later, so that it is the tool that says how far it came. */
const graceMs = 250

export function createMcpTools(
  agentTools: readonly AgentTool[],
  pins: readonly ServerPins[],
  options: McpToolsOptions,
): McpTools {
  const names = listToolNames(agentTools, pins)
  const links: ServerLink[] = []
  const made = new Map<string, readonly Tool[]>()
  for (const server of agentTools) {
    if (typeof server === 'string' || server.kind !== 'mcp') continue
    const pinned = pins.find((one) => one.server === server.name)
    if (pinned === undefined) continue
    const lent: Lent = { secret: undefined }
    const link = new ServerLink(() => targetOf(server, options, lent))
    links.push(link)
    made.set(
      server.name,
      pinned.tools.map((tool) => {
        const name = names.get(server.name)?.get(tool.name) ?? ''
        return makeTool({ server, tool, name, link, lent })
      }),
    )
  }
  return {
    of: ({ name }) => made.get(name) ?? [],
    close: () => {
      const closing = links.flatMap((link) => link.close() ?? [])
      return closing.length === 0 ? undefined : Promise.all(closing).then(() => undefined)
    },
  }
}

/** The key that a server was last called with: what must not stand in its answers. */
type Lent = { secret: SecretHeader['secret'] | undefined }

type Parts = {
  readonly server: McpServer
  readonly tool: PinnedTool
  readonly name: string
  readonly link: ServerLink
  readonly lent: Lent
}

function targetOf(server: McpServer, options: McpToolsOptions, lent: Lent): McpTarget {
  const { door, workspaceId, onlyHosts } = options
  const { url, timeout_ms: timeoutMs, auth } = server
  const secretHeader = auth === undefined ? undefined : options.headerFor(auth, url)
  lent.secret = secretHeader?.secret
  return { door, workspaceId, onlyHosts, url, timeoutMs, secretHeader }
}

function makeTool({ server, tool, name, link, lent }: Parts): Tool {
  let compiled: CompiledSchema | undefined
  const parameters = closeArguments(tool.inputSchema)
  const isIdempotent = server.idempotent.includes(tool.name)
  return {
    name,
    kind: 'mcp',
    description: tool.description,
    parameters,
    isVisible: server.visible,
    isIdempotent,
    hasEffects: !server.read_only.includes(tool.name),
    timeoutMs: server.timeout_ms + graceMs,
    waitingLine: server.waiting_line,
    refuseArguments: (untrustedArguments) => {
      compiled ??= compileJsonSchema(parameters)
      if (!compiled.ok) return undefined
      const problems = compiled.check(untrustedArguments)
      return problems.length === 0 && isJsonObject(untrustedArguments) ? undefined : describeProblems(problems)
    },
    run: async (untrustedArguments, { idempotencyKey }, signal) => {
      compiled ??= compileJsonSchema(parameters)
      if (!compiled.ok) return failed({ attempts: 0, reason: 'bad_arguments', problem: 'the schema cannot be checked' })
      const problems = compiled.check(untrustedArguments)
      if (problems.length > 0 || !isJsonObject(untrustedArguments)) return badArguments(problems)
      const call = { tool, arguments: untrustedArguments, idempotencyKey, isIdempotent }
      const { timeout_ms: timeoutMs } = server
      const limit = deadline({ timeoutMs, code: 'outbound.timeout', what: 'a tool server', parent: signal })
      try {
        return runOf(await link.call(call, limit.signal), { secret: lent.secret, isIdempotent })
      } catch (error) {
        signal.throwIfAborted()
        if (!limit.signal.aborted) throw error
        return failed({ attempts: 1, reason: 'timeout', problem: `took longer than ${timeoutMs} ms` }, isIdempotent)
      } finally {
        limit.clear()
      }
    },
  }
}

type Facts = { readonly secret: Lent['secret']; readonly isIdempotent: boolean }

function runOf(linked: LinkedAnswer, { secret, isIdempotent }: Facts): ToolRun {
  const { attempts } = linked
  switch (linked.kind) {
    case 'changed':
      return failed({ attempts, reason: 'changed', problem: linked.problem })
    case 'failed':
      return runOfFailure(linked.failure, { attempts, secret, isSettled: isIdempotent || !linked.reached })
    case 'answered':
      return runOfAnswer(linked.answer, { attempts, secret })
  }
}

function runOfAnswer(
  answer: McpAnswer,
  { attempts, secret }: { readonly attempts: number; readonly secret: Lent['secret'] },
): ToolRun {
  const fields = readToolFields(answer)
  if (fields === undefined) return failed({ attempts, reason: 'bad_json', problem: 'the answer is nested too deep' })
  // Before anything looks at each character of it: whoever is held up waits with every other session of this process.
  const tooLong = refuseLength(renderResult({ ok: true, fields }))
  if (tooLong !== undefined) return failed({ attempts, reason: 'too_large', problem: tooLong })
  const masked = maskSecrets(fields, secret)
  if (masked === undefined) return withheld(attempts)
  if (!answer.isError) return { kind: 'executed', result: { ok: true, fields: masked }, report: { attempts } }
  const { text } = masked
  const words = typeof text === 'string' && text !== '' ? text : JSON.stringify(masked)
  const report = { attempts, problem: 'the tool reported an error' }
  return { kind: 'executed', result: { ok: false, error: words }, report }
}

function runOfFailure(
  { reason, statusCode, message, untrustedWords = '' }: McpFailure,
  {
    attempts,
    secret,
    isSettled,
  }: { readonly attempts: number; readonly secret: Lent['secret']; readonly isSettled: boolean },
): ToolRun {
  const known = { attempts, problem: message.slice(0, 300), ...(statusCode === undefined ? {} : { statusCode }) }
  if (reason !== 'refused') return failed({ ...known, reason }, isSettled)
  // Its words go where an answer goes, and are as untrusted.
  const words = maskSecrets({ words: untrustedWords.slice(0, maxWordCharacters) }, secret)?.['words']
  if (typeof words !== 'string') return withheld(attempts)
  return { kind: 'executed', result: { ok: false, error: words }, report: known }
}

function withheld(attempts: number): ToolRun {
  return failed({ attempts, reason: 'credential', problem: 'the answer could hold the key and was withheld' })
}

function failed(report: ToolReport, isSettled = true): ToolRun {
  const { reason = 'network', statusCode } = report
  const sentence =
    reason === 'http_status' && statusCode !== undefined ? sentenceOfStatus(statusCode) : toolSentences[reason]
  const error = isSettled ? sentence : `${sentence} ${unknownWork}`
  return { kind: 'executed', result: { ok: false, error }, report }
}

function badArguments(problems: readonly SchemaProblem[]): ToolRun {
  return { kind: 'bad_arguments', problems: describeProblems(problems) }
}

/** For the model, so that it can correct itself: at most five places. */
function describeProblems(problems: readonly SchemaProblem[]): string {
  const told = problems.slice(0, 5).map(({ pointer, problem }) => (pointer === '' ? problem : `${pointer}: ${problem}`))
  return told.join('; ').slice(0, 500)
}
