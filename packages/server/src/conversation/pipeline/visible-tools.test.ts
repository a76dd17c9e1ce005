import { sessionEventSchemas } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import type { JsonValue, ToolRun } from '../tools/define-tool.ts'
import { handTool, talkWith } from './test-harness/turn-with-tools.ts'

const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'redirect' as const, line: 'Ask a doctor.' }

async function call(argumentsJson: string, run: ToolRun, changes: { isVisible?: boolean; words?: string[] } = {}) {
  const look = handTool({ name: 'look', isVisible: changes.isVisible ?? true, run: async () => run })
  const talk = talkWith({ tools: [look], document: { policy: { no_go_zones: [zone] } } })
  const { record, done } = talk.say('hello')
  const [before = '', after = 'Found.'] = changes.words ?? []
  talk.model.say(before)
  talk.model.wish('look', argumentsJson)
  talk.model.finish()
  talk.model.say(after)
  talk.model.finish()
  await done
  const shown = talk.events.flatMap((event) => {
    if (event.event === 'tool_call') return [sessionEventSchemas.tool_call.parse(event.data).arguments]
    return event.event === 'tool_result' ? [sessionEventSchemas.tool_result.parse(event.data).result] : []
  })
  return { ...talk, record, shown }
}

const found = (fields: Record<string, string>): ToolRun => ({ kind: 'executed', result: { ok: true, fields } })

describe('what a client sees of a tool', () => {
  test('is its arguments and its answer, where it is marked visible', async () => {
    const { shown } = await call('{ "day" : "Tuesday" }', found({ slot: '9:30' }))
    expect(shown).toEqual(['{"day":"Tuesday"}', '{"slot":"9:30","ok":true}'])
  })

  test('is neither of them where it is not', async () => {
    const { shown, events } = await call('{"day":"Tuesday"}', found({ slot: '9:30' }), { isVisible: false })
    expect(shown).toEqual([undefined, undefined])
    expect(JSON.stringify(events)).not.toMatch(/Tuesday|9:30/)
  })

  test.each([
    ['plain', '{"say":"the forbidden dose"}'],
    ['in an escape', '{"say":"the forbidden\\u0020d\\u006fse"}'],
    ['over a name and its value', '{"forbidden":"dose"}'],
    ['over two values', '{"a":"the forbidden","b":"dose of it"}'],
    ['over a list', '["forbidden","dose"]'],
    ['in disguise', '{"say":"f o r b i d d e n  d0se"}'],
    ['split by a character that nobody sees', '{"say":"forbid\\u200bden dose"}'],
  ])('is nothing that a rule forbids, %s', async (_name, argumentsJson) => {
    const { shown, events, record } = await call(argumentsJson, found({ slot: '9:30' }))
    expect(shown).toEqual([undefined, '{"slot":"9:30","ok":true}'])
    expect(JSON.stringify(events)).not.toContain('dose')
    expect(record.decisions).toMatchObject([{ decision: { stage: 'output' }, blockedText: expect.any(String) }])
  })

  test('is not an answer with a forbidden phrase, which the model reads as ever', async () => {
    const { shown, results, record } = await call('{}', found({ text: 'A forbidden dose.' }))
    expect(shown).toEqual(['{}', undefined])
    expect(results()[0]).toContain('forbidden dose')
    expect(record.heard).toBe('Found.')
    expect(record.toolCalls[0]?.result).toContain('forbidden dose')
  })

  test('is nothing that is no JSON', async () => {
    const { shown } = await call('{"say":"half', found({}))
    expect(shown[0]).toBeUndefined()
  })

  test.each([
    ['nested without end', `${'['.repeat(7000)}${']'.repeat(7000)}`],
    ['too long', JSON.stringify({ text: 'x'.repeat(17_000) })],
  ])('is nothing that is %s, and the turn goes on', async (_name, argumentsJson) => {
    const { shown, record } = await call(argumentsJson, found({ slot: '9:30' }))
    expect(shown[0]).toBeUndefined()
    expect([record.status, record.heard]).toEqual(['complete', 'Found.'])
  })

  test('is that it failed of an answer that is nested without end, and the turn goes on', async () => {
    let deep: JsonValue = 'x'
    for (let level = 0; level < 1000; level += 1) deep = [deep]
    const { shown, record } = await call('{}', { kind: 'executed', result: { ok: true, fields: { deep } } })
    expect(shown[1]).toBe('{"ok":false,"error":"The answer of the tool is too long."}')
    expect([record.status, record.heard]).toEqual(['complete', 'Found.'])
  })

  test('leaves a phrase of the reply as open as it was', async () => {
    const run = found({ text: 'dose' })
    const { record, events } = await call('{"text":"dose"}', run, { words: ['Take the forbidden', 'dose of it.'] })
    expect(record.heard).not.toMatch(/forbidden\s+dose/)
    expect(record.heard).toContain('Ask a doctor.')
    expect(events.filter(({ event }) => event === 'guard')).toHaveLength(1)
  })

  test('is nothing of a call that a rule denied', async () => {
    const look = handTool({ name: 'look', isVisible: true })
    const policy = { no_go_zones: [{ ...zone, stages: ['tool_call' as const] }] }
    const { model, say, events } = talkWith({ tools: [look], document: { policy } })
    const { done } = say('hello')
    model.wish('look', '{"day":"Tuesday","note":"forbidden dose"}')
    model.finish()
    model.say('No.')
    model.finish()
    await done
    expect(JSON.stringify(events)).not.toMatch(/Tuesday|dose/)
  })
})
