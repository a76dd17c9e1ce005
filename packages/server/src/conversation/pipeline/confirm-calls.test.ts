/** A call that has to be confirmed, from the question to what became of it. */
import { describe, expect, test, vi } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import { HandOver } from '../hand-over/hand-over.ts'
import { EscalationWatch } from '../safety/escalation-watch.ts'
import { newId } from '../test-harness/make-context.ts'
import { atNine, talkOfPayments } from './test-harness/talk-of-payments.ts'
import { handTool, refused } from './test-harness/turn-with-tools.ts'

const within = { timeout: 5000 }
const question = 'Just to be sure, shall I do this: pay, at nine, who Ada? Please say yes or no.'

describe('a tool with effects behind untrusted text', () => {
  test('is not called: the person is asked, and the turn ends', async () => {
    const { asked, pay, model, story, context } = talkOfPayments()
    const record = await asked()
    expect(pay.calls).toEqual([])
    expect([record.status, record.heard, record.guardCount]).toEqual(['complete', question, 0])
    expect(record.toolCalls).toEqual([])
    expect(story()).toEqual([`say ${question}`])
    expect(model.requests).toHaveLength(1)
    expect(record.decisions).toMatchObject([
      {
        decision: { stage: 'tool_call', action: 'confirm', floor: true, matches: [{ ruleId: 'builtin/rule_of_two' }] },
      },
    ])
    expect(context.calls.awaitsConfirmation).toBe(true)
  })

  test('is called after a yes, and the model goes on with its answer', async () => {
    const { asked, pay, model, say, results } = talkOfPayments()
    await asked()
    const { record, done } = say('yes please')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.say('It is done.')
    model.finish()
    await done
    expect(pay.calls.map(({ args }) => args)).toEqual([{ at: 'nine', who: 'Ada' }])
    expect([record.heard, results()]).toEqual(['It is done.', ['{"found":"it","ok":true}']])
    expect(record.toolCalls).toMatchObject([{ name: 'pay', status: 'ok', arguments: atNine }])
  })

  test('is not called after anything else, and the model knows', async () => {
    const { asked, pay, model, say } = talkOfPayments()
    await asked()
    const { record, done } = say("that's not quite right")
    model.say('What shall I change?')
    model.finish()
    await done
    expect([pay.calls, record.heard]).toEqual([[], 'What shall I change?'])
    const told = model.requests.at(-1)?.prompt.filter(({ kind }) => kind === 'instruction') ?? []
    expect(told.at(-1)?.segment.text).toContain('did not say yes, so nothing was done')
  })

  test('is called once for one yes, however often it is said', async () => {
    const { asked, pay, model, say } = talkOfPayments()
    await asked()
    const first = say('yes')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.say('Done.')
    model.finish()
    await first.done
    const second = say('yes')
    model.say('It is done already.')
    model.finish()
    await second.done
    expect(pay.calls).toHaveLength(1)
  })

  test('needs another yes when the model wishes it again, with the same arguments or with others', async () => {
    const { asked, pay, model, say } = talkOfPayments()
    await asked()
    const yes = say('yes')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.wish('pay', atNine)
    model.finish()
    await yes.done
    expect([pay.calls.length, yes.record.heard]).toEqual([1, question])
    const no = say('no')
    model.wish('pay', '{"at":"ten","who":"Ada"}')
    model.finish()
    await no.done
    expect([pay.calls.length, no.record.heard]).toEqual([1, question.replace('nine', 'ten')])
  })

  test('is not called a minute later', async () => {
    const { asked, pay, model, say, times } = talkOfPayments()
    await asked()
    times.nowMs += 60_000
    const { done } = say('yes')
    model.say('Sorry?')
    model.finish()
    await done
    expect(pay.calls).toEqual([])
  })

  test('is not called when the question was cut', async () => {
    const { pay, model, say, context } = talkOfPayments()
    const first = say('pay please')
    model.wish('pay', atNine)
    const ask = vi.spyOn(context.calls, 'ask')
    ask.mockImplementationOnce((pending) => {
      ask.mockRestore()
      context.calls.ask(pending)
      first.controller.abort(new AppError('request.conflict', 'the person spoke'))
    })
    model.finish()
    await first.done
    expect(context.calls.awaitsConfirmation).toBe(false)
    const yes = say('yes')
    model.say('To what?')
    model.finish()
    await yes.done
    expect(pay.calls).toEqual([])
  })

  test('is not called after a turn of the agent in between', async () => {
    const { asked, context } = talkOfPayments()
    await asked()
    context.calls.turnEnded({ turnId: context.newId(), isHeard: true, nowMs: context.clock.nowMs() })
    expect(context.calls.awaitsConfirmation).toBe(false)
  })

  test('is asked about once more when the yes began before the end of the question', async () => {
    const { asked, pay, model, say, times } = talkOfPayments()
    await asked()
    const early = say('yes', 'speech', times.nowMs - 1100)
    await early.done
    expect([early.record.heard, pay.calls.length, model.requests.length]).toEqual([question, 0, 1])
    const again = say('yes', 'speech', times.nowMs - 500)
    model.say('Sorry?')
    model.finish()
    await again.done
    expect([again.record.heard, pay.calls.length]).toEqual(['Sorry?', 0])
  })

  test('is not called when the call was cut after the yes, and not made again by a second one', async () => {
    const { asked, pay, model, say } = talkOfPayments()
    await asked()
    const yes = say('yes')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    yes.controller.abort(new AppError('request.conflict', 'the person spoke'))
    await yes.done
    const again = say('yes')
    model.say('I am not sure whether it was done.')
    model.finish()
    await again.done
    expect(pay.calls).toHaveLength(1)
    expect(JSON.stringify(model.requests.at(-1)?.prompt)).toContain('whether it did its work is not known')
  })

  test('asks in the language of the session, and reads its yes', async () => {
    const { asked, pay, model, say } = talkOfPayments({ document: { persona: { prompt: 'p', language: 'de' } } })
    const record = await asked()
    expect(record.heard).toContain('soll ich das tun: pay, at nine')
    const { done } = say('Ja, gerne')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.say('Gut.')
    model.finish()
    await done
  })

  test('whose question a rule forbids is not called, and the model is told', async () => {
    const zones = [{ name: 'z', phrases: ['ada'], action: 'block' as const, line: 'Not that.' }]
    const { pay, model, say, results } = talkOfPayments({ document: { policy: { no_go_zones: zones } } })
    const { record, done } = say('pay please')
    model.wish('pay', atNine)
    model.finish()
    model.say('I cannot do that.')
    model.finish()
    await done
    expect([pay.calls, record.heard]).toEqual([[], 'I cannot do that.'])
    expect(results()[0]).toContain('could not be asked')
  })

  test.each([
    ['its tool does not take', 'book_slot', '{"weekday":"Tuesday","time":7}', 'The arguments do not fit: time'],
    ['are no JSON', 'book_slot', '{"weekday":', 'The arguments are not JSON.'],
    ['are too long', 'book_slot', `{"time":"${'9'.repeat(9000)}"}`, 'The arguments are too long.'],
    ['are for a tool that is not there', 'rob', '{}', 'There is no such tool.'],
  ])('whose arguments %s is asked about of nobody: the model is told', async (_what, name, args, told) => {
    const policy = { tool_rules: [{ name: 'all', tools: ['*'], confirmation: 'spoken' as const }] }
    const { model, say, context, results } = talkOfPayments({ document: { policy } })
    const { record, done } = say('book please')
    model.wish(name, args)
    model.finish()
    model.say('For what time?')
    model.finish()
    await done
    expect([record.heard, context.calls.awaitsConfirmation]).toEqual(['For what time?', false])
    expect(results()[0]).toContain(told)
  })

  test('is a yes of the person for the watches of the session, or none', async () => {
    const { asked, model, say, context } = talkOfPayments()
    const told = vi.spyOn(context.safety, 'confirmationAnswered')
    await asked()
    const { done } = say('no')
    model.say('All right.')
    model.finish()
    await done
    expect(told.mock.calls).toEqual([[false]])
  })

  test('calls a person when it was not confirmed as often in a row as a rule says', async () => {
    const clock = { nowMs: () => 1_000_000 }
    const { asked, model, say } = talkOfPayments({
      document: { policy: { escalation_rules: [{ name: 'unsure', triggers: { failed_confirmations: 2 } }] } },
      watches: ({ sections }) => [
        new EscalationWatch({
          agentId: newId(),
          handOver: new HandOver(),
          rules: () => sections.escalation,
          language: () => undefined,
          clock,
          newId,
        }),
      ],
    })
    const refuse = async () => {
      await asked()
      const { record, done } = say('no')
      model.say('All right.')
      model.finish()
      await done
      return record.escalates
    }
    expect([await refuse(), await refuse()]).toEqual([false, true])
  })
})

describe('several calls of one answer', () => {
  test('are made up to the first that has to be confirmed; those behind it wait for it', async () => {
    const send = handTool({ name: 'send', isIdempotent: false })
    const { model, say, pay, look, story, results } = talkOfPayments({ tools: [send] })
    const first = say('do it all')
    model.wish('look', '{}')
    model.wish('pay', atNine)
    model.wish('send', '{"to":"Bo"}')
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(1), within)
    look.answer()
    await first.done
    const second = say('yes')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    await second.done
    expect([second.record.heard, send.calls.length]).toEqual([
      question.replace('pay, at nine, who Ada', 'send, to Bo'),
      0,
    ])
    const third = say('yes')
    await vi.waitFor(() => expect(send.calls).toHaveLength(1), within)
    send.answer()
    model.say('All done.')
    model.finish()
    await third.done
    expect([pay.calls.length, send.calls.length, look.calls.length]).toEqual([1, 1, 1])
    expect(story().filter((line) => line.startsWith('call'))).toEqual(['call look', 'call pay', 'call send'])
    expect(results()).toHaveLength(1)
  })

  test('are forgotten with the one that was refused', async () => {
    const send = handTool({ name: 'send', isIdempotent: false })
    const { model, say, pay } = talkOfPayments({ tools: [send] })
    const first = say('both')
    model.wish('pay', atNine)
    model.wish('send', '{}')
    model.finish()
    await first.done
    const second = say('no')
    model.say('All right.')
    model.finish()
    await second.done
    expect([pay.calls, send.calls]).toEqual([[], []])
  })

  test('of which a later one ends the conversation end it after the yes', async () => {
    const { model, say, pay } = talkOfPayments({ document: { tools: ['end_call'] } })
    const first = say('pay and bye')
    model.wish('end_call', '{}')
    model.wish('pay', atNine)
    model.finish()
    await first.done
    expect(first.record.endReason).toBeUndefined()
    const second = say('yes')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    await second.done
    expect([second.record.endReason, second.record.heard]).toEqual(['ended_by_agent', 'Goodbye.'])
  })

  test('that fail after the yes are told to the model', async () => {
    const { asked, pay, model, say, results } = talkOfPayments()
    await asked()
    const { record, done } = say('yes')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer(refused)
    model.finish()
    await done
    expect(results()).toEqual(['{"ok":false,"error":"That is taken."}'])
    expect(record.heard).toBe('I am sorry, that did not work just now.')
  })
})

describe('a rule of the policy', () => {
  const rules = (rule: object) => ({ notes: [], policy: { tool_rules: [{ name: 'r', tools: ['pay'], ...rule }] } })

  test('that wants a key or a typed yes does not take a spoken one', async () => {
    const { asked, pay, model, say, times } = talkOfPayments({ document: rules({ confirmation: 'irreversible' }) })
    const record = await asked()
    expect(record.heard).toContain('Please press 1 or type yes')
    const spoken = say('yes', 'speech', times.nowMs)
    model.wish('pay', atNine)
    model.finish()
    await spoken.done
    expect(pay.calls).toEqual([])
    times.nowMs += 1000
    const pressed = say('1', 'keypad')
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.say('Done.')
    model.finish()
    await pressed.done
  })

  test('bounds the calls of one turn, those of one answer together', async () => {
    const { model, say, pay } = talkOfPayments({ document: rules({ budgets: { per_turn: 1 } }) })
    const { record, done } = say('pay both')
    model.wish('pay', '{"a":1}')
    model.wish('pay', '{"a":2}')
    model.finish()
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.say('One of them.')
    model.finish()
    await done
    expect(pay.calls).toHaveLength(1)
    expect(record.decisions).toMatchObject([{ decision: { action: 'deny', facts: { 'calls:turn': 1 } } }])
  })

  test('that wants another tool first lets it pass in a later turn', async () => {
    const { model, say, pay, look, events } = talkOfPayments({
      document: rules({ after: ['look'], budgets: { per_session: 9 } }),
    })
    const early = say('pay')
    model.wish('pay', '{}')
    model.finish()
    model.say('Not yet.')
    model.finish()
    await early.done
    expect(pay.calls).toEqual([])
    expect(events.filter(({ event }) => event === 'guard')).toMatchObject([
      { data: { stage: 'tool_call', action: 'deny', rule_id: 'agent/tool.r', zone: 'r' } },
    ])
    const looked = say('look')
    model.wish('look', '{}')
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(1), within)
    look.answer()
    model.wish('pay', '{}')
    model.finish()
    await looked.done
    expect(looked.record.heard).toBe('Just to be sure, shall I do this: pay? Please say yes or no.')
  })
})
