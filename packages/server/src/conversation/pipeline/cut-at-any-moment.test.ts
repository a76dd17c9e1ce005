/** A turn may be cut between any two steps of it: it ends, says nothing more, and its record holds each call that was made. */
import { setImmediate as tick } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { handTool, talkWith, worked } from './test-harness/turn-with-tools.ts'

test.each(Array.from({ length: 30 }, (_, moment) => moment))('a turn that is cut at step %i', async (moment) => {
  const made: string[] = []
  const run = (name: string) => async () => {
    made.push(name)
    await tick()
    return worked
  }
  const tools = [
    handTool({ name: 'look', isVisible: true, run: run('look') }),
    handTool({ name: 'find', run: run('find') }),
    handTool({ name: 'pay', isIdempotent: false, isVisible: true, run: run('pay') }),
  ]
  const { model, say, events, context } = talkWith({ tools, document: { tools: ['end_call'] } })
  const { record, controller, done } = say('go')
  model.say('One moment. ')
  for (const { name } of tools) model.wish(name, '{"n":1}')
  model.finish()
  model.say('It is done. ')
  model.wish('end_call', '{}')
  model.finish()
  for (let step = 0; step < moment; step += 1) await (step % 3 === 2 ? tick() : Promise.resolve())
  controller.abort(new AppError('request.conflict', 'cut'))
  const told = events.filter(({ event }) => event === 'token').length
  await done
  for (let step = 0; step < 20; step += 1) await tick()
  expect(events.filter(({ event }) => event === 'token')).toHaveLength(told)
  // Each call that was made stands in the record; each that a client was told of is told to have ended.
  const recorded = record.toolCalls.map(({ name }) => name).filter((name) => name !== 'end_call')
  for (const name of made) expect(recorded).toContain(name)
  expect(new Set(recorded).size).toBe(recorded.length)
  const ends = events.filter(({ event }) => event === 'tool_result').length
  expect(events.filter(({ event }) => event === 'tool_call')).toHaveLength(ends)
  expect(record.toolCalls.every(({ result }) => result !== '')).toBe(true)
  if (made.includes('pay') && record.status === 'cut') {
    expect(context.history.some((part) => part.kind === 'data' && part.segment.source === 'tool:pay')).toBe(true)
  }
})
