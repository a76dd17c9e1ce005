/** Whatever a model says, a client reads and a session's end interrupts: history is a beginning of what the client got. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import { LiveSession } from './live-session.ts'
import { makeContext, newId } from './test-harness/make-context.ts'
import { handModel } from './test-harness/scripted-pieces.ts'

const unused = (): never => {
  throw new Error('not used here')
}

function begin() {
  const model = handModel()
  const session = new LiveSession(
    makeContext({ model }),
    {
      database: { withWorkspace: () => Promise.reject(new AppError('server.database_unavailable', 'down')) },
      contentKeys: { forUser: unused, forUsers: unused, forWorkspace: unused, makeUserKey: unused, blindIndex: unused },
      ownerBoot: newId(),
      maySpeak: () => true,
      onEnded: () => undefined,
      onCommitFailed: () => undefined,
      log: () => undefined,
    },
    () => undefined,
  )
  const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
  let got = ''
  const read = async (): Promise<boolean> => {
    const event = await queue.next()
    if (event?.event === 'token') got += event.data.text
    return event !== undefined
  }
  return { model, session, queue, read, got: () => got }
}

const step = fc.oneof(
  fc.record({
    kind: fc.constant('say' as const),
    text: fc.constantFrom('One ', 'two', ' three. ', 'four', '今日は', ' 👩‍👩‍👧'),
  }),
  fc.constant({ kind: 'read' as const }),
  fc.constant({ kind: 'wait' as const }),
)
const last = fc.constantFrom('finish', 'fail', 'end', 'leave')

describe('history', () => {
  test('is a beginning of what the client got, and all of it when nobody broke off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), last, async (steps, ending) => {
        const { model, session, queue, read, got } = begin()
        const reads: Promise<boolean>[] = []
        for (const next of steps) {
          if (next.kind === 'say') model.say(next.text)
          // A client asks for one event at a time.
          else if (next.kind === 'read') reads.push(Promise.resolve(reads.at(-1)).then(read))
          else await new Promise((resolve) => setImmediate(resolve))
        }
        if (ending === 'finish') model.finish()
        if (ending === 'fail') model.fail(new AppError('provider.timeout', 'slow'))
        if (ending === 'end') void session.end('ended_by_backend')
        if (ending === 'leave') queue.abandon()
        await Promise.all(reads)
        while (await read());
        await session.settled()
        const history = session.context.history.flatMap((part) => (part.kind === 'reply' ? [part.segment.text] : []))
        const heard = history.join('')
        expect(got().startsWith(heard)).toBe(true)
        if (ending === 'finish' || ending === 'fail') expect(heard).toBe(got())
        // Never a word of which only the beginning came.
        expect(heard).not.toMatch(/(?:^| )(?:O|On|t|tw|th|thr|thre|f|fo|fou)$/)
      }),
      { numRuns: 300 },
    )
  })
})
