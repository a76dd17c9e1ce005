import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTool, type JsonValue, type Tool, type ToolContext, type ToolResult } from './define-tool.ts'
import { runTool, type ToolOutcome } from './run-tool.ts'

const context: ToolContext = { nowMs: 0, idempotencyKey: 'one' }

function toolOf(
  execute: (args: { text: string }, context: ToolContext, signal: AbortSignal) => ToolResult | Promise<ToolResult>,
): Tool {
  return defineTool({
    name: 'echo',
    kind: 'built_in',
    isIdempotent: true,
    description: 'Says it again',
    arguments: z.strictObject({ text: z.string().max(10) }),
    execute,
  })
}
const echo = toolOf(({ text }) => ({ ok: true, fields: { text } }))

async function run(
  tool: Tool | undefined,
  argumentsJson: string,
  changes: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<ToolOutcome> {
  return await runTool({ tool, argumentsJson, context, signal: new AbortController().signal, ...changes })
}

describe('runTool', () => {
  test('gives the fields of what the tool said', async () => {
    expect(await run(echo, '{"text":"hi"}')).toEqual({ status: 'ok', resultJson: '{"text":"hi","ok":true}' })
  })

  test('shows the model the schema that its arguments are checked by', () => {
    expect(echo.parameters).toMatchObject({
      type: 'object',
      properties: { text: { type: 'string', maxLength: 10 } },
      required: ['text'],
      additionalProperties: false,
    })
  })

  test.each([
    ['no JSON', 'hi'],
    ['another type', '{"text":1}'],
    ['something missing', '{}'],
    ['nothing at all', ''],
    ['something too long', '{"text":"01234567890"}'],
    ['a field it does not know', '{"text":"hi","__proto__x":1}'],
    ['a list', '[]'],
    ['more than 8 kB', `{"text":"${'x'.repeat(9000)}"}`],
  ])('refuses arguments with %s before anything is executed', async (_name, argumentsJson) => {
    let executed = false
    const tool = toolOf(() => {
      executed = true
      return { ok: true, fields: {} }
    })
    const outcome = await run(tool, argumentsJson)
    expect(outcome).toMatchObject({ status: 'failed', reason: 'bad_arguments' })
    expect(JSON.parse(outcome.resultJson)).toMatchObject({ ok: false })
    expect(executed).toBe(false)
  })

  test('refuses a tool that was not offered', async () => {
    expect(await run(undefined, '{}')).toMatchObject({ status: 'failed', reason: 'unknown_tool' })
  })

  test('a refusal of the tool keeps its words', async () => {
    const outcome = await run(
      toolOf(() => ({ ok: false, error: 'That is taken.' })),
      '{"text":"x"}',
    )
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: 'refused',
      resultJson: '{"ok":false,"error":"That is taken."}',
    })
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('secret host db-1')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret host db-1'))],
  ])('a tool that %s fails without its words reaching the model', async (_name, execute) => {
    const outcome = await run(toolOf(execute), '{"text":"x"}')
    expect(outcome).toMatchObject({ status: 'failed', reason: 'crashed', detail: 'Error: secret host db-1' })
    expect(outcome.resultJson).not.toContain('secret')
  })

  test('a result that is too large is not passed on', async () => {
    const outcome = await run(
      toolOf(() => ({ ok: true, fields: { big: 'é'.repeat(9000) } })),
      '{"text":"x"}',
    )
    expect(outcome).toMatchObject({ status: 'failed', reason: 'too_large' })
    expect(outcome.resultJson.length).toBeLessThan(200)
  })

  test('a result that is nested without end is not passed on', async () => {
    const deep: JsonValue = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
    const outcome = await run(
      toolOf(() => ({ ok: true, fields: { deep } })),
      '{"text":"x"}',
    )
    expect(outcome).toMatchObject({ status: 'failed', reason: 'too_large' })
  })

  test('what looks like a key is masked in results and in refusals of any tool', async () => {
    const found = 'sk-proj-abcdefghijklmnopqrst'
    const result = await run(
      toolOf(() => ({ ok: true, fields: { list: [{ [found]: `it is ${found}` }] } })),
      '{"text":"x"}',
    )
    expect(JSON.parse(result.resultJson)).toEqual({ ok: true, list: [{ '[secret]': 'it is [secret]' }] })
    const refusal = await run(
      toolOf(() => ({ ok: false, error: `no ${found}` })),
      '{"text":"x"}',
    )
    expect(JSON.stringify(refusal)).not.toContain('abcdefgh')
  })

  test('what the model wrote stands in no report', async () => {
    const outcome = await run(echo, '{"text":"hi","marzipan":1}')
    expect(outcome.resultJson).toContain('marzipan')
    expect(outcome).toMatchObject({ reason: 'bad_arguments', report: { attempts: 0, reason: 'bad_arguments' } })
    expect(JSON.stringify({ ...outcome, resultJson: '' })).not.toContain('marzipan')
  })

  test('a result cannot claim its own outcome', async () => {
    const outcome = await run(
      toolOf(() => ({ ok: true, fields: { ok: false } })),
      '{"text":"x"}',
    )
    expect(JSON.parse(outcome.resultJson)).toEqual({ ok: true })
  })

  test('a tool that never answers is given up at its deadline and told to stop', async () => {
    let told = false
    const tool = toolOf(async (_args, _context, signal) => {
      signal.addEventListener('abort', () => {
        told = true
      })
      return await Promise.withResolvers<ToolResult>().promise
    })
    const outcome = await run(tool, '{"text":"x"}', { timeoutMs: 5 })
    expect(outcome).toMatchObject({ status: 'timeout', detail: 'echo took longer than 5 ms' })
    expect(JSON.parse(outcome.resultJson)).toMatchObject({ ok: false })
    expect(told).toBe(true)
  })

  test('a tool that throws after its deadline disturbs nobody', async () => {
    const tool = toolOf(async (_args, _context, signal) => {
      return await new Promise<ToolResult>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('late'))
        })
      })
    })
    expect(await run(tool, '{"text":"x"}', { timeoutMs: 5 })).toMatchObject({ status: 'timeout' })
  })

  test('a turn that ends cancels the tool', async () => {
    const controller = new AbortController()
    const tool = toolOf(async () => {
      controller.abort(new Error('barge-in'))
      return await Promise.withResolvers<ToolResult>().promise
    })
    expect(await run(tool, '{"text":"x"}', { signal: controller.signal })).toMatchObject({
      status: 'failed',
      reason: 'cancelled',
    })
    expect(await run(echo, '{"text":"x"}', { signal: controller.signal })).toMatchObject({
      status: 'failed',
      reason: 'cancelled',
    })
  })
})
