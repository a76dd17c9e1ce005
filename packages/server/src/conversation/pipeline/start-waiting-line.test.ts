import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { type HandTool, handTool, refused, talkWith } from './test-harness/turn-with-tools.ts'

const line = 'I look it up.'

async function begun(
  tools: readonly HandTool[],
  options: Omit<Parameters<typeof talkWith>[0], 'tools'> & { wishes?: readonly string[] } = {},
) {
  const talk = talkWith({ ...options, tools })
  const turn = talk.say('hello')
  for (const name of options.wishes ?? tools.map((tool) => tool.name)) talk.model.wish(name, '{}')
  talk.model.finish()
  await vi.advanceTimersByTimeAsync(0)
  expect(tools[0]?.calls).toHaveLength(1)
  return { ...talk, ...turn }
}

describe('the waiting line of a tool', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('is said when the tool has kept the person waiting for 700 ms, and stands in the trace', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { model, story, record, done } = await begun([look])
    await vi.advanceTimersByTimeAsync(699)
    expect(story()).toEqual(['call look'])
    await vi.advanceTimersByTimeAsync(1)
    expect(story()).toEqual(['call look', `say ${line}`])
    look.answer()
    model.say('Found.')
    model.finish()
    await done
    expect([record.status, record.heard]).toEqual(['complete', 'I look it up. Found.'])
    const { spans } = record.trace.take({ role: 'agent', spoken_characters: 0 }, 'ok')
    expect(spans.find(({ kind }) => kind === 'tool')).toMatchObject({ name: 'look', detail: { waiting_line: true } })
  })

  test('is never said once the tool has answered', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { model, story, done } = await begun([look])
    await vi.advanceTimersByTimeAsync(699)
    look.answer()
    await vi.advanceTimersByTimeAsync(5000)
    model.say('Found.')
    model.finish()
    await done
    expect(story()).toEqual(['call look', 'ok look', 'say Found.'])
  })

  test('is said once in a turn, whichever tool keeps the person waiting, and however often', async () => {
    const tools = ['one', 'two'].map((name) => handTool({ name, waitingLine: `I ask ${name}.` }))
    const { model, story, done } = await begun(tools)
    await vi.advanceTimersByTimeAsync(3000)
    for (const tool of tools) tool.answer()
    model.wish('one', '{}')
    model.finish()
    await vi.advanceTimersByTimeAsync(3000)
    tools[0]?.answer()
    model.say('Found.')
    model.finish()
    await done
    expect(story().filter((what) => what.includes('I ask'))).toEqual(['say I ask one.'])
  })

  test('is said in the next turn again', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { model, story, done, say } = await begun([look])
    await vi.advanceTimersByTimeAsync(700)
    look.answer()
    model.say('Found.')
    model.finish()
    await done
    const next = say('again')
    model.wish('look', '{}')
    model.finish()
    await vi.advanceTimersByTimeAsync(700)
    look.answer()
    model.finish()
    await next.done
    expect(story().filter((what) => what.includes(line))).toHaveLength(2)
  })

  test('is not said after the person has cut the turn', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { story, done, controller } = await begun([look])
    await vi.advanceTimersByTimeAsync(600)
    controller.abort(new AppError('request.conflict', 'the person has something to say'))
    await vi.advanceTimersByTimeAsync(5000)
    await done
    expect(story()).toEqual(['call look', 'failed look'])
  })

  test('is not said where a rule forbids it, and the answer is', async () => {
    const look = handTool({ name: 'look', waitingLine: 'Take the forbidden dose meanwhile.' })
    const zone = { name: 'dosage', phrases: ['forbidden dose'], action: 'block' as const, line: 'Ask a doctor.' }
    const { model, story, done, record } = await begun([look], { document: { policy: { no_go_zones: [zone] } } })
    await vi.advanceTimersByTimeAsync(2000)
    look.answer()
    model.say('Found.')
    model.finish()
    expect(await done).toBeUndefined()
    expect(story()).toEqual(['call look', 'ok look', 'say Found.'])
    expect(record.status).toBe('complete')
  })

  test('and the words behind it are one text to the gate', async () => {
    const look = handTool({ name: 'look', waitingLine: 'Please call' })
    const zone = { name: 'nurse', phrases: ['call the nurse'], action: 'redirect' as const, line: 'Ask a doctor.' }
    const { model, done, record } = await begun([look], { document: { policy: { no_go_zones: [zone] } } })
    await vi.advanceTimersByTimeAsync(700)
    look.answer()
    model.say('the nurse at nine.')
    model.finish()
    await done
    expect(record.heard).not.toContain('nurse')
  })

  test('waits until the agent has said what it was saying: silence is what it fills', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    let isSpeaking = true
    const { model, story, done } = await begun([look], { isSpeaking: () => isSpeaking })
    await vi.advanceTimersByTimeAsync(3000)
    expect(story()).toEqual(['call look'])
    isSpeaking = false
    await vi.advanceTimersByTimeAsync(800)
    expect(story()).toEqual(['call look', `say ${line}`])
    look.answer()
    model.finish()
    model.finish()
    await done
  })

  test('counts as no answer: who waited hears what became of it', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { model, story, done } = await begun([look])
    await vi.advanceTimersByTimeAsync(700)
    look.answer(refused)
    model.finish()
    expect(await done).toBeUndefined()
    expect(story().at(-1)).toMatch(/^say\s+I am sorry, that did not work just now\.$/)
  })

  test('does not keep a deadline from passing', async () => {
    const look = handTool({ name: 'look', waitingLine: line, timeoutMs: 1000 })
    const { model, story, results, done, record } = await begun([look])
    await vi.advanceTimersByTimeAsync(1000)
    model.say('It does not answer.')
    model.finish()
    await done
    look.answer()
    await vi.advanceTimersByTimeAsync(1000)
    expect(results()[0]).toContain('took too long')
    expect(story()).toEqual(['call look', `say ${line}`, 'failed look', expect.stringContaining('It does not answer.')])
    expect(record.toolCalls).toMatchObject([{ status: 'failed' }])
    const { spans } = record.trace.take({ role: 'agent', spoken_characters: 0 }, 'ok')
    expect(spans.find(({ kind }) => kind === 'tool')).toMatchObject({ status: 'cut', detail: { reason: 'timeout' } })
  })
})
