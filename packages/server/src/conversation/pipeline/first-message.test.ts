import type { SessionEvent } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { firstMessage } from './first-message.ts'
import { runTurn } from './run-turn.ts'
import { TurnRecord } from './turn-record.ts'

const zone = {
  name: 'dosage',
  phrases: ['forbidden dose'],
  action: 'redirect' as const,
  line: 'Ask a doctor.',
}

async function open(line: string, variables: Readonly<Record<string, string>>) {
  const context = makeContext({
    model: handModel(),
    variables,
    document: { persona: { prompt: 'p', first_message: line }, policy: { no_go_zones: [zone] } },
  })
  const events: SessionEvent[] = []
  const record = new TurnRecord({ id: newId(), subject: { line: firstMessage(context) }, startedAtMs: 0 })
  const emit = async (event: SessionEvent): Promise<boolean> => {
    events.push(event)
    if (event.event === 'token') record.reached(record.said.length)
    return true
  }
  await runTurn({ context, record, emit, heardAll: async () => true, signal: new AbortController().signal })
  return { record, events, greeting: context.history[0]?.segment }
}

describe('the first message', () => {
  test('says the value of a variable in place of its name', async () => {
    const { record, greeting } = await open('Hi {{name}}, how are you?', { name: 'Ada' })
    expect(record.heard).toBe('Hi Ada, how are you?')
    expect(greeting?.trust).toBe('user')
  })

  test('says a name without a value as it was written, and stays the operator’s', async () => {
    const { record, greeting } = await open('Hi {{name}}!', { other: 'Ada' })
    expect(record.heard).toBe('Hi {{name}}!')
    expect(greeting?.trust).toBe('operator')
  })

  test('does not fill what a value says', async () => {
    expect((await open('Hi {{name}}!', { name: '{{other}}', other: 'Ada' })).record.heard).toBe('Hi {{other}}!')
  })

  test('is caught when a value makes a forbidden phrase of it', async () => {
    const { record, events } = await open('Your forbidden {{what}} is here.', { what: 'd\u0000ose' })
    expect(record.heard).toBe('Your Ask a doctor. is here.')
    expect(events.map(({ event }) => event)).toContain('guard')
    expect(JSON.stringify(events)).not.toContain('forbidden')
  })
})
