/** The rule of two over the turns of a session. */
import { describe, expect, test, vi } from 'vitest'
import { openModel } from './test-harness/talk-of-payments.ts'
import { handTool, refused, talkWith, worked } from './test-harness/turn-with-tools.ts'

const within = { timeout: 5000 }

function talk() {
  const [pay, look] = [handTool({ name: 'pay', isIdempotent: false }), handTool({ name: 'look' })]
  return { ...talkWith({ tools: [pay, look], document: openModel }), pay, look }
}

describe('text of a tool that was read in an earlier turn', () => {
  test.each([
    ['its answer', worked, 'It is open.'],
    ['its error', refused, 'That did not work.'],
  ])('has the person asked still, when all that is left of it is what the agent said: %s', async (_what, run, said) => {
    const { model, say, look, pay } = talk()
    const first = say('look it up')
    model.wish('look', '{}')
    model.finish()
    await vi.waitFor(() => expect(look.calls).toHaveLength(1), within)
    look.answer(run)
    model.say(said)
    model.finish()
    await first.done
    for (const words of ['And then?', 'Go on.']) {
      const between = say(words)
      model.say('Well.')
      model.finish()
      await between.done
    }
    const { record, done } = say('pay please')
    model.wish('pay', '{}')
    model.finish()
    await done
    expect([pay.calls, record.heard]).toEqual([[], 'Just to be sure, shall I do this: pay? Please say yes or no.'])
  })

  test('has nobody asked where there was none', async () => {
    const { model, say, pay } = talk()
    const { done } = say('pay please')
    model.wish('pay', '{}')
    model.finish()
    await vi.waitFor(() => expect(pay.calls).toHaveLength(1), within)
    pay.answer()
    model.say('Done.')
    model.finish()
    await done
  })
})
