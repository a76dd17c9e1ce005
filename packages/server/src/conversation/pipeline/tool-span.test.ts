import { traceSpanSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import type { ToolRun } from '../tools/define-tool.ts'
import { handTool, talkWith } from './test-harness/turn-with-tools.ts'

const secretive: ToolRun = {
  kind: 'executed',
  result: { ok: false, error: 'The secret clinic is closed.' },
  report: { attempts: 3, statusCode: 503, answerBytes: 12, reason: 'http_status', problem: 'the server answered 503' },
}
const fine: ToolRun = {
  kind: 'executed',
  result: { ok: true, fields: {} },
  report: { attempts: 2, statusCode: 200, answerBytes: 40 },
}

/** Spans of the calls that a model wishes in one answer, as they are stored. */
async function spansOf(wishes: readonly (readonly [name: string, argumentsJson: string])[], limit = 20) {
  const zone = {
    name: 'dosage',
    phrases: ['forbidden dose'],
    action: 'redirect' as const,
    stages: ['tool_call' as const],
  }
  const document = {
    tools: ['end_call' as const],
    limits: { max_tool_calls: limit },
    policy: { no_go_zones: [{ ...zone, line: 'Ask a doctor.' }] },
  }
  const tools = [
    handTool({ name: 'fine', run: async () => fine }),
    handTool({ name: 'failing', run: async () => secretive }),
    handTool({ name: 'throwing', run: () => Promise.reject(new TypeError('secret host db-1')) }),
    handTool({ name: 'picky', run: async () => ({ kind: 'bad_arguments', problems: 'secret: expected less' }) }),
    handTool({ name: 'hanging', timeoutMs: 5 }),
  ]
  const { model, say } = talkWith({ tools, document })
  const { record, done } = say('go')
  for (const [name, argumentsJson] of wishes) model.wish(name, argumentsJson)
  model.finish()
  model.say('Well.')
  model.finish()
  await done
  const { spans } = record.trace.take({ role: 'agent', spoken_characters: 0 }, 'ok')
  expect(JSON.stringify(spans)).not.toMatch(/secret|forbidden/)
  return spans.flatMap((span) => (span.kind === 'tool' ? [traceSpanSchema.parse(span)] : []))
}

describe('the span of a call', () => {
  test.each([
    [
      ['fine', '{}'],
      'ok',
      { reason: null, attempts: 2, status_code: 200, answer_bytes: 40, problem: null, tool_kind: 'http' },
    ],
    [
      ['failing', '{}'],
      'failed',
      { reason: 'http_status', attempts: 3, status_code: 503, answer_bytes: 12, problem: 'the server answered 503' },
    ],
    [
      ['throwing', '{}'],
      'failed',
      { reason: 'crashed', attempts: 1, status_code: null, problem: 'the tool threw an error' },
    ],
    [['picky', '{}'], 'failed', { reason: 'bad_arguments', attempts: 0 }],
    [['hanging', '{}'], 'cut', { reason: 'timeout', attempts: 1, problem: 'hanging took longer than 5 ms' }],
    [['no_such', '{}'], 'failed', { reason: 'unknown_tool', attempts: 0, name: 'unknown_tool', tool_kind: 'unknown' }],
    [['fine', '{"a":"forbidden dose"}'], 'refused', { reason: 'denied', attempts: 0 }],
  ] as const)('%j says how it went', async (wish, status, detail) => {
    expect(await spansOf([wish])).toMatchObject([
      { status, detail: { call_id: 'call_1', waiting_line: false, ...detail } },
    ])
  })

  test('of a wish beyond the limit, and of an end that a failure stood against, says so', async () => {
    expect(
      await spansOf(
        [
          ['fine', '{}'],
          ['end_call', '{}'],
        ],
        0,
      ),
    ).toMatchObject([
      { name: 'fine', status: 'failed', detail: { call_id: 'not_made', reason: 'budget', attempts: 0 } },
      { name: 'end_call', status: 'failed', detail: { call_id: 'not_made', reason: 'order', tool_kind: 'system' } },
    ])
  })

  test('of a call that a cut turn left behind says that it was cut', async () => {
    const pay = handTool({ name: 'pay', isIdempotent: false })
    const { model, say } = talkWith({ tools: [pay] })
    const { record, controller, done } = say('pay')
    model.wish('pay', '{}')
    model.finish()
    await expect.poll(() => pay.calls.length).toBe(1)
    controller.abort(new AppError('request.conflict', 'the person has something to say'))
    await done
    const { spans } = record.trace.take({ role: 'agent', spoken_characters: 0 }, 'cut')
    expect(spans.find(({ kind }) => kind === 'tool')).toMatchObject({ status: 'cut', detail: { reason: 'cancelled' } })
  })
})
