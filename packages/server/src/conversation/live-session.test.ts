/** The states of a live session, with a model that speaks when the test says so. Commits on PostgreSQL: test/api/messages.test.ts. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { ContentKeys } from '../guards/content-keys.ts'
import { AppError } from '../kernel/app-error.ts'
import { LiveSession } from './live-session.ts'
import type { EventQueue } from './pipeline/event-queue.ts'
import { makeContext, newId } from './test-harness/make-context.ts'
import { handModel } from './test-harness/scripted-pieces.ts'

const noKeys: ContentKeys = {
  forUser: () => Promise.reject(new Error('not used here')),
  forUsers: () => {
    throw new Error('not used here')
  },
  forWorkspace: () => {
    throw new Error('not used here')
  },
  makeUserKey: () => {
    throw new Error('not used here')
  },
  blindIndex: () => Promise.reject(new Error('not used here')),
}

describe('a live session', () => {
  const onEnded = vi.fn<(session: LiveSession) => void>()
  const onCommitFailed = vi.fn<(session: LiveSession, error: unknown) => void>()
  const wipe = vi.fn<() => void>()
  const lease = { isHeld: true }
  beforeEach(() => {
    vi.clearAllMocks()
    lease.isHeld = true
  })

  /** Every commit fails here: what a successful one does is shown on a real database. */
  const begin = () => {
    const model = handModel()
    const session = new LiveSession(
      makeContext({ model }),
      {
        database: { withWorkspace: () => Promise.reject(new AppError('server.database_unavailable', 'down')) },
        contentKeys: noKeys,
        ownerBoot: newId(),
        maySpeak: () => lease.isHeld,
        onEnded,
        onCommitFailed,
        log: () => undefined,
      },
      wipe,
    )
    return { model, session }
  }
  const all = async <Event extends { event: string }>(queue: EventQueue<Event>): Promise<readonly Event[]> => {
    const events: Event[] = []
    for (let event = await queue.next(); event !== undefined; event = await queue.next()) events.push(event)
    return events
  }

  test('takes one turn at a time', () => {
    const { session } = begin()
    session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    expect(() => session.answer({ kind: 'message', text: 'hi' }, 'req_2')).toThrow('a turn is running')
  })

  test('opens only before anything was said, and only with something to say', () => {
    const { session } = begin()
    session.answer({ kind: 'start' }, 'req_1')
    const silent = new LiveSession(
      { ...session.context, firstMessage: undefined },
      {
        database: { withWorkspace: () => Promise.reject(new Error()) },
        contentKeys: noKeys,
        ownerBoot: newId(),
        maySpeak: () => lease.isHeld,
        onEnded,
        onCommitFailed,
        log: () => undefined,
      },
      wipe,
    )
    expect(() => silent.answer({ kind: 'start' }, 'req_2')).toThrow('first message')
  })

  test('a commit that fails ends it: error is last, no turn_end, keys wiped, told once', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    model.say('Something.')
    model.finish()
    const events = await all(queue)
    expect(events.map(({ event }) => event)).not.toContain('turn_end')
    expect(events.at(-1)).toMatchObject({
      event: 'error',
      data: { code: 'server.database_unavailable', request_id: 'req_1' },
    })
    expect(session.isEnded).toBe(true)
    expect([onEnded.mock.calls.length, onCommitFailed.mock.calls.length, wipe.mock.calls.length]).toEqual([1, 1, 1])
  })

  test('a model that fails and a commit that fails are one error on the wire', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    model.fail(new AppError('provider.timeout', 'slow'))
    expect((await all(queue)).filter(({ event }) => event === 'error')).toHaveLength(1)
  })

  test('ended in the middle of a turn it stops speaking at once, and only then wipes its keys', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    model.say('I was going to ')
    await expect.poll(() => model.requests.length).toBe(1)
    const ending = session.end('ended_by_backend')
    model.say('say much more.')
    expect(session.isEnded).toBe(true)
    expect(wipe).not.toHaveBeenCalled()
    await ending
    expect(wipe).toHaveBeenCalledOnce()
    expect(JSON.stringify(await all(queue))).not.toContain('much')
    expect(() => session.answer({ kind: 'message', text: 'hi' }, 'req_2')).toThrow('session has ended')
  })

  test('ending twice ends once', async () => {
    const { session } = begin()
    await Promise.all([session.end('ended_by_backend'), session.end('ended_by_backend')])
    await session.end('ended_by_backend')
    expect([onEnded.mock.calls.length, wipe.mock.calls.length]).toEqual([1, 1])
  })

  test('a client that leaves has heard what it read: unread words are not history', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    for (const piece of ['One. ', 'Two. ', 'Three. ', 'Four. ']) model.say(piece)
    await queue.next()
    const first = await queue.next()
    // All four are said by now and wait to be read.
    await expect.poll(() => model.requests.length).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    queue.abandon()
    await session.settled()
    const heard = first?.event === 'token' ? first.data.text : ''
    expect(heard).not.toBe('')
    const replies = session.context.history.flatMap((part) => (part.kind === 'reply' ? [part.segment.text] : []))
    expect(replies).toEqual([heard])
  })

  test('what a client was sent and did not read is not heard, though it had been said before it left', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    model.say('One. Two. Three.')
    model.finish()
    await queue.next()
    await new Promise((resolve) => setImmediate(resolve))
    expect(session.context.history).toEqual([])
    queue.abandon()
    await session.settled()
    expect(replies(session)).toEqual([])
  })

  test('ended while a client reads: what it had not read is taken back and never told', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    for (const piece of ['One. ', 'Two. ', 'Three. ']) model.say(piece)
    await queue.next()
    const first = await queue.next()
    await new Promise((resolve) => setImmediate(resolve))
    await session.end('ended_by_backend')
    expect((await all(queue)).map(({ event }) => event)).toEqual(['error'])
    expect(replies(session)).toEqual([first?.event === 'token' ? first.data.text : ''])
  })

  test('ends at once though its client stopped reading and the queue is full', async () => {
    const { model, session } = begin()
    session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    for (let piece = 0; piece < 600; piece += 1) model.say(`piece ${piece}. `)
    await new Promise((resolve) => setImmediate(resolve))
    await session.end('ended_by_backend')
    expect(wipe).toHaveBeenCalledOnce()
    expect(replies(session)).toEqual([])
  })

  test('a client that reads ever so slowly does not hold a turn for more than two minutes', async () => {
    vi.useFakeTimers()
    try {
      const { model, session } = begin()
      const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
      for (let piece = 0; piece < 20; piece += 1) model.say(`Piece ${piece}. `)
      model.finish()
      const read: (string | undefined)[] = []
      for (let time = 0; time < 12; time += 1) {
        read.push((await queue.next())?.event)
        await vi.advanceTimersByTimeAsync(14_000)
      }
      // Nine in 120 s; then only how it ended.
      expect(read.slice(1, 9)).toEqual(Array(8).fill('token'))
      expect(read.slice(9)).toEqual(['error', undefined, undefined])
      expect(replies(session)[0]).toMatch(/^Piece 0\. .*Piece 7\. $/)
    } finally {
      vi.useRealTimers()
    }
  })

  test('says no word more once its lease is not surely its own', async () => {
    const { model, session } = begin()
    const queue = session.answer({ kind: 'message', text: 'hi' }, 'req_1')
    model.say('This may be said. ')
    await queue.next()
    const first = await queue.next()
    lease.isHeld = false
    model.say('This may not. ')
    const rest = await all(queue)
    expect(first?.event).toBe('token')
    expect(JSON.stringify(rest)).not.toContain('may not')
    expect(replies(session)).toEqual([first?.event === 'token' ? first.data.text : ''])
  })

  const replies = ({ context }: LiveSession) =>
    context.history.flatMap((part) => (part.kind === 'reply' ? [part.segment.text] : []))
})
