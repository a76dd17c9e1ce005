/** Words of an operator on their way to the client of a text session. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ContentKeys } from '../../guards/content-keys.ts'
import { AppError } from '../../kernel/app-error.ts'
import { LiveSession } from '../live-session.ts'
import { makeContext, newId } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { TextHandOver } from './text-hand-over.ts'

const notUsed = (): never => {
  throw new Error('not used here')
}
const noKeys: ContentKeys = {
  forUser: notUsed,
  forUsers: notUsed,
  forWorkspace: notUsed,
  makeUserKey: notUsed,
  blindIndex: notUsed,
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A session that cannot begin its next turns, for a reason that is none of a turn that runs. */
function talk(failures: number) {
  const log = vi.fn<(message: string, error: unknown) => void>()
  const session = new LiveSession(
    makeContext({ model: handModel() }),
    {
      database: { withWorkspace: () => new Promise(() => undefined) },
      contentKeys: noKeys,
      ownerBoot: newId(),
      maySpeak: () => true,
      onEnded: () => undefined,
      onCommitFailed: () => undefined,
      log,
    },
    () => undefined,
  )
  const begin = vi.spyOn(session, 'begin')
  for (let failed = 0; failed < failures; failed += 1)
    begin.mockImplementationOnce(() => {
      throw new AppError('server.internal', 'the turn could not begin')
    })
  const handOver = new TextHandOver(session, 'req_1')
  const stream = handOver.open()
  const { context } = session
  context.handOver.update({ escalations: [], messages: [{ id: newId(), text: 'Ada speaking.' }] })
  return { begin, log, stream, words: () => context.handOver.next }
}

test('words that could not be said wait, are said again, and operators are told', async () => {
  const { begin, log, words } = talk(2)
  expect(begin).toHaveBeenCalledTimes(1)
  expect(words()).toMatchObject({ text: 'Ada speaking.' })
  await vi.advanceTimersByTimeAsync(2_100)
  expect(begin).toHaveBeenCalledTimes(3)
  expect(begin.mock.lastCall?.[0]).toMatchObject({ kind: 'operator', text: 'Ada speaking.' })
  expect(words()).toBeUndefined()
  expect(log.mock.calls.map(([message]) => message)).toEqual([
    'words of an operator could not be said',
    'words of an operator could not be said',
  ])
})

test('words that can never be said are tried five times and kept', async () => {
  const { begin, log, words } = talk(100)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([begin.mock.calls.length, log.mock.calls.length]).toEqual([5, 5])
  expect(words()).toMatchObject({ text: 'Ada speaking.' })
})
