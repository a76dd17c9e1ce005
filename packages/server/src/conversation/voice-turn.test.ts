import { type VoiceMessage, voiceMessageSchemas } from '@hyponema/contract'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import { runTurn } from './pipeline/run-turn.ts'
import { type HandTool, handTool, worked } from './pipeline/test-harness/turn-with-tools.ts'
import { TurnRecord } from './pipeline/turn-record.ts'
import { SpokenTurn } from './pipeline/voice/spoken-turn.ts'
import { HandDrivenClock } from './pipeline/voice/test-harness/hand-driven-clock.ts'
import { HandDrivenVoice } from './pipeline/voice/test-harness/hand-driven-voice.ts'
import { makeContext, newId } from './test-harness/make-context.ts'
import { handModel } from './test-harness/scripted-pieces.ts'
import { voiceDelivery } from './voice-turn.ts'

const line = 'I look it up.'

/** A turn of a voice session, its voice, its clock and its tools moved by hand. */
function begin(tools: readonly HandTool[], document: Parameters<typeof makeContext>[0]['document'] = {}) {
  const model = handModel()
  const context = makeContext({ model, tools, document })
  const record = new TurnRecord({ id: newId(), subject: { userTurnId: newId(), userText: 'hello' }, startedAtMs: 0 })
  const controller = new AbortController()
  const { signal } = controller
  const [voice, clock] = [new HandDrivenVoice(), new HandDrivenClock()]
  const sent: VoiceMessage[] = []
  const running = {
    id: record.id,
    signal,
    reached: (length: number) => record.reached(length),
    heardCharacters: () => record.heard.length,
    cut: (why: AppError) => controller.abort(why),
    done: Promise.resolve(),
  }
  const speaker = new SpokenTurn({
    voice,
    playClock: clock,
    signal,
    sendAudio: () => undefined,
    onHeard: running.reached,
    onUnit: () => undefined,
    onStarted: () => undefined,
    onStopped: () => undefined,
  })
  const delivery = voiceDelivery({
    turn: running,
    speaker,
    send: (message) => void sent.push(message),
    onFinished: () => undefined,
  })
  const done = runTurn({ ...delivery, context, record, signal })
  const told = (type: VoiceMessage['type']): readonly unknown[] =>
    sent.flatMap((message) => (message.type === type ? [voiceMessageSchemas[type].parse(message.data)] : []))
  /** Barge-in as a conversation does it: the mouth first, then the turn. */
  const bargeIn = (): void => {
    speaker.cut()
    running.cut(new AppError('request.conflict', 'the person has something to say'))
  }
  return { model, context, record, voice, clock, done, told, bargeIn, sent }
}

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

describe('a spoken turn with tools', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('tells the client the name of a tool, and of a visible one what it was asked and what it answered', async () => {
    const visible = handTool({ name: 'seen', isVisible: true, run: async () => worked })
    const hidden = handTool({ name: 'unseen', run: async () => worked })
    const { model, voice, clock, done, told } = begin([visible, hidden])
    model.wish('seen', '{"day":"Tuesday"}')
    model.wish('unseen', '{"secret":"Tuesday"}')
    model.finish()
    model.say('Done.')
    model.finish()
    await pass(0)
    voice.deliver(400)
    voice.finish()
    await pass(0)
    clock.run(600)
    await done
    expect(told('llm-function-call-in-progress')).toEqual([
      { function_name: 'seen', tool_call_id: 'call_1', arguments: { day: 'Tuesday' } },
      { function_name: 'unseen', tool_call_id: 'call_2' },
    ])
    expect(told('llm-function-call-stopped')).toEqual([
      { function_name: 'seen', tool_call_id: 'call_1', cancelled: false, ok: true, result: { found: 'it', ok: true } },
      { function_name: 'unseen', tool_call_id: 'call_2', cancelled: false, ok: true },
    ])
  })

  test('says the waiting line aloud at once, and its answer after it', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { model, voice, clock, done, record } = begin([look])
    model.wish('look', '{}')
    model.finish()
    await pass(700)
    expect(voice.units).toEqual([line])
    voice.deliver(500, line.length)
    look.answer()
    model.say('It is nine.')
    model.finish()
    await pass(0)
    voice.deliver(500, line.length + 1 + 'It is nine.'.length)
    voice.finish()
    await pass(0)
    clock.run(1200)
    expect(await done).toBeUndefined()
    expect([record.status, record.heard]).toEqual(['complete', 'I look it up. It is nine.'])
  })

  test('does not say it while its own words are still to be heard', async () => {
    const look = handTool({ name: 'look', waitingLine: line })
    const { model, voice, clock, done } = begin([look])
    model.say('One moment please.')
    model.wish('look', '{}')
    model.finish()
    await pass(0)
    voice.deliver(2000, 18)
    await pass(1500)
    expect(voice.units.join('')).toBe('One moment please.')
    clock.run(2100)
    await pass(600)
    expect(voice.units.join('')).toBe('One moment please.')
    await pass(300)
    expect(voice.units.at(-1)?.trim()).toBe(line.trim())
    look.answer()
    model.finish()
    voice.finish()
    await pass(0)
    clock.run(100)
    await done
  })

  test('is cut during the waiting line like during any words: the tool is told to stop, and what it answers is not said', async () => {
    const look = handTool({ name: 'look', waitingLine: line, isIdempotent: false })
    const { model, voice, clock, done, record, told, bargeIn, context } = begin([look])
    model.wish('look', '{}')
    model.finish()
    await pass(700)
    voice.deliver(1000, line.length)
    await pass(0)
    clock.run(500)
    bargeIn()
    look.answer()
    await pass(100)
    expect(await done).toBeUndefined()
    expect(look.calls[0]?.signal.aborted).toBe(true)
    expect([record.status, record.wasInterrupted, model.requests.length]).toEqual(['cut', true, 1])
    expect(line.startsWith(record.heard)).toBe(true)
    expect(record.heard.length).toBeGreaterThan(0)
    expect(record.heard.length).toBeLessThan(line.length)
    expect(told('llm-function-call-stopped')).toMatchObject([{ cancelled: true, ok: false }])
    expect(record.toolCalls).toMatchObject([{ name: 'look', status: 'failed' }])
    expect(JSON.stringify(context.history)).not.toContain('found')
  })

  test('ends the call when its last words have been heard, and not before', async () => {
    const { model, voice, clock, done, record } = begin([], { tools: ['end_call'] })
    let isOver = false
    void done.then(() => {
      isOver = true
    })
    model.say('Goodbye and thank you.')
    model.wish('end_call', '{}')
    model.finish()
    await pass(0)
    voice.deliver(1000, 22)
    voice.finish()
    await pass(0)
    clock.run(800)
    await pass(0)
    expect([isOver, record.endReason]).toEqual([false, 'ended_by_agent'])
    clock.run(400)
    await pass(0)
    expect([isOver, record.heard, record.wasInterrupted]).toEqual([true, 'Goodbye and thank you.', false])
  })

  test('goes on when the person speaks up during the goodbye', async () => {
    const { model, voice, clock, done, record, bargeIn } = begin([], { tools: ['end_call'] })
    model.say('Goodbye and thank you.')
    model.wish('end_call', '{}')
    model.finish()
    await pass(0)
    voice.deliver(1000, 22)
    await pass(0)
    clock.run(300)
    bargeIn()
    await done
    // What a session ends with is its reason only where nobody interrupted (commit-turn.ts).
    expect([record.status, record.wasInterrupted]).toEqual(['cut', true])
  })

  test('that is skipped makes no sound and opens no voice', async () => {
    const { model, voice, done, record, sent } = begin([], { tools: ['skip_turn'] })
    model.wish('skip_turn', '{}')
    model.finish()
    await pass(0)
    expect(await done).toBeUndefined()
    expect([record.status, record.heard, voice.opened]).toEqual(['complete', '', 0])
    expect(sent.some(({ type }) => type === 'bot-llm-text')).toBe(false)
  })
})
