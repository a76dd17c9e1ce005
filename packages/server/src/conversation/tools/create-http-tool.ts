import type { HttpTool, SealedAuth, Uuid } from '@hyponema/contract'
import { closeArguments, compileHttpTool } from '../../features/tools/public.ts'
import type { SchemaProblem } from '../../platform/json-schema/check-run.ts'
import { isJsonObject } from '../../platform/json-schema/is-json-object.ts'
import type { SecretHeader } from '../../platform/outbound/lend-secret.ts'
import type { OutboundDoor } from '../../platform/outbound/outbound-door.ts'
import { type BuiltRequest, buildHttpRequest } from './build-http-request.ts'
import { callHttpTool } from './call-http-tool.ts'
import type { Tool, ToolRun } from './define-tool.ts'
import { toolSentences } from './tool-sentences.ts'

export type HttpToolOptions = {
  readonly door: Pick<OutboundDoor, 'fetch'>
  readonly workspaceId: Uuid
  readonly onlyHosts: readonly string[] | null
  /** As they are when it is called. */
  readonly variables: () => ReadonlyMap<string, string>
  /** Throws where the session has no key for that place. */
  readonly headerFor: (auth: SealedAuth, url: string) => SecretHeader
}

/** What is sent, or what the run comes to without anything being sent. */
type Prepared =
  | { readonly ok: true; readonly built: Extract<BuiltRequest, { readonly ok: true }> }
  | { readonly ok: false; readonly run: ToolRun }

const not = (run: ToolRun): Prepared => ({ ok: false, run })

/** Whoever runs a tool gives it up so much later, so that it is the tool that says how far it came. */
const graceMs = 250

/** Makes a tool of its description, which was checked when its agent was saved. It is read at the first call. */
export function createHttpTool(tool: HttpTool, options: HttpToolOptions): Tool {
  let read: ReturnType<typeof compileHttpTool> | undefined
  const isIdempotent = tool.idempotent ?? (tool.method !== 'POST' && tool.method !== 'PATCH')
  const prepare = (untrustedArguments: unknown): Prepared => {
    read ??= compileHttpTool(tool, () => true)
    if (!read.ok) return not(cannotBeCalled(`${read.errors[0]?.pointer ?? ''}: ${read.errors[0]?.detail ?? ''}`))
    const { tool: compiled } = read
    const problems = compiled.arguments.check(untrustedArguments)
    if (problems.length > 0 || !isJsonObject(untrustedArguments)) return not(badArguments(problems))
    const built = buildHttpRequest(compiled, { args: untrustedArguments, variables: options.variables() })
    if (built.ok) return { ok: true, built }
    const isModels = built.fault === 'arguments'
    return not(isModels ? { kind: 'bad_arguments', problems: built.problem } : cannotBeCalled(built.problem))
  }
  return {
    name: tool.name,
    kind: 'http',
    description: tool.description,
    parameters: closeArguments(tool.arguments),
    isVisible: tool.visible,
    isIdempotent,
    hasEffects: tool.method !== 'GET' || !isIdempotent,
    timeoutMs: tool.timeout_ms + graceMs,
    waitingLine: tool.waiting_line,
    refuseArguments: (untrustedArguments) => {
      const prepared = prepare(untrustedArguments)
      return prepared.ok || prepared.run.kind !== 'bad_arguments' ? undefined : prepared.run.problems
    },
    run: async (untrustedArguments, { idempotencyKey }, signal) => {
      const prepared = prepare(untrustedArguments)
      if (!prepared.ok) return prepared.run
      const { built } = prepared
      const { url, body } = built
      return callHttpTool({
        door: options.door,
        workspaceId: options.workspaceId,
        onlyHosts: options.onlyHosts,
        request: {
          url,
          method: tool.method,
          headers: {
            accept: 'application/json, text/plain;q=0.5',
            ...built.headers,
            ...(tool.method === 'GET' ? {} : { 'idempotency-key': idempotencyKey }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body }),
        },
        secretHeader: () => (tool.auth === undefined ? undefined : options.headerFor(tool.auth, url)),
        isIdempotent,
        timeoutMs: tool.timeout_ms,
        signal,
      })
    },
  }
}

/** For the model, so that it can correct itself: at most five places. */
function badArguments(problems: readonly SchemaProblem[]): ToolRun {
  const told = problems.slice(0, 5).map(({ pointer, problem }) => (pointer === '' ? problem : `${pointer}: ${problem}`))
  return { kind: 'bad_arguments', problems: told.join('; ').slice(0, 500) }
}

/** The model cannot help it. */
function cannotBeCalled(problem: string): ToolRun {
  const report = { attempts: 0, reason: 'bad_arguments', problem } as const
  return { kind: 'executed', result: { ok: false, error: toolSentences.bad_arguments }, report }
}
