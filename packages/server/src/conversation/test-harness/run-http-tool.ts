/** For the tests of HTTP tools: one that calls a server on loopback over the real door. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { httpToolSchema } from '@hyponema/contract'
import type { z } from 'zod'
import { secretHeader, serve, workspaceId } from '../../platform/outbound/test-harness/loopback.ts'
import { createHttpTool, type HttpToolOptions } from '../tools/create-http-tool.ts'
import { runTool, type ToolOutcome } from '../tools/run-tool.ts'

export type Given = Partial<z.input<typeof httpToolSchema>>
type Made = { readonly door: HttpToolOptions['door']; readonly url: string }

export const auth = { credential_id: 'crd_01h2xcejqtf2nbrexx3vqjhp41' }

function toolOf({ door, url }: Made, change: Given, options: Partial<HttpToolOptions>) {
  const tool = httpToolSchema.parse({
    kind: 'http',
    name: 'find',
    description: 'Finds',
    url,
    timeout_ms: 2000,
    ...change,
  })
  return createHttpTool(tool, {
    door,
    workspaceId,
    onlyHosts: null,
    variables: () => new Map(),
    headerFor: () => secretHeader,
    ...options,
  })
}

/** Runs one call of an HTTP tool, as a turn does. */
export async function runHttpTool(
  made: Made,
  change: Given = {},
  given: Partial<HttpToolOptions> & { argumentsJson?: string; signal?: AbortSignal } = {},
): Promise<ToolOutcome> {
  const { argumentsJson = '{}', signal = new AbortController().signal, ...options } = given
  return await runTool({
    tool: toolOf(made, change, options),
    argumentsJson,
    context: { nowMs: 0, idempotencyKey: 'turn-1' },
    signal,
  })
}
export const json = (response: ServerResponse, body: string, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
export const resultOf = (outcome: ToolOutcome): unknown => JSON.parse(outcome.resultJson)

/** A server that answers by number of the call. */
export async function serveInTurn(...answers: ((request: IncomingMessage, response: ServerResponse) => unknown)[]) {
  const seen: IncomingMessage[] = []
  const made = await serve((request, response) => {
    seen.push(request)
    return answers[Math.min(seen.length, answers.length) - 1]?.(request, response)
  })
  return { ...made, seen }
}
