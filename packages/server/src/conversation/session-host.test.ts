/** What the host does when the database is slow, silent or says no. With a real one: test/api/leases.test.ts. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { LiveSession } from './live-session.ts'
import { type JoinRequest, leaseTtlMs, SessionHost } from './session-host.ts'
import { makeContext, newId } from './test-harness/make-context.ts'
import { handModel } from './test-harness/scripted-pieces.ts'

type Work = (tx: WorkspaceTx) => Promise<unknown>

describe('the session host', () => {
  let nowMs = 0
  const clock = { nowMs: () => nowMs }
  /** Stands for the database: the test says what a transaction does. */
  const database = { answer: (_scope: WorkspaceScope, _work: Work): Promise<unknown> => Promise.resolve([]) }
  const closeStopped = vi.fn<(session: LiveSession) => Promise<void>>(async () => undefined)
  const wipe = vi.fn<() => void>()
  const log = vi.fn<(message: string, error: unknown) => void>()
  beforeEach(() => {
    nowMs = 1_000_000
    vi.clearAllMocks()
    database.answer = () => Promise.resolve([])
  })

  const makeSession = (host: () => SessionHost) => {
    const context = makeContext({ model: handModel(), clock })
    return new LiveSession(
      context,
      {
        database: { withWorkspace: () => Promise.reject(new AppError('server.database_unavailable', 'down')) },
        contentKeys: { forUser: unused, makeUserKey: unused, blindIndex: unused },
        ownerBoot: newId(),
        onEnded: (session) => host().forget(session.context.sessionId),
        onCommitFailed: () => undefined,
        log,
      },
      wipe,
    )
  }
  const unused = (): never => {
    throw new Error('not used here')
  }

  const makeHost = (load?: (request: JoinRequest) => Promise<LiveSession>) => {
    const session = makeSession(() => host)
    const host: SessionHost = new SessionHost({
      // oxlint-disable-next-line typescript/consistent-type-assertions -- a stand-in whose answers the test chooses
      database: { withWorkspace: ((scope, work) => database.answer(scope, work)) as SessionHostDatabase },
      clock,
      bootId: newId(),
      load: load ?? (() => Promise.resolve(session)),
      closeStopped,
      log,
    })
    const { scope, sessionId, tokenJti } = session.context
    const request: JoinRequest = { scope, sessionId, jti: tokenJti, checkOrigins: () => undefined }
    return { host, session, request }
  }
  type SessionHostDatabase = ConstructorParameters<typeof SessionHost>[0]['database']['withWorkspace']
  const held = (session: LiveSession) => () => Promise.resolve([session.context.sessionId])

  test('a session is loaded once, however many ask at once', async () => {
    const { host, session, request } = makeHost()
    const joined = await Promise.all([host.join(request), host.join(request), host.join(request)])
    expect(new Set(joined)).toEqual(new Set([session]))
    expect(host.liveCount).toBe(1)
  })

  test('an older token of a session that lives here is refused', async () => {
    const { host, request } = makeHost()
    await host.join(request)
    await expect(host.join({ ...request, jti: newId() })).rejects.toMatchObject({ code: 'session.token_invalid' })
  })

  test('origins are asked for each message, not only for the first', async () => {
    const { host, request } = makeHost()
    await host.join(request)
    const checkOrigins = (): never => {
      throw new AppError('session.origin_refused', 'no')
    }
    await expect(host.join({ ...request, checkOrigins })).rejects.toMatchObject({ code: 'session.origin_refused' })
  })

  test('a first caller who is refused does not take the next one along', async () => {
    const { session, request } = makeHost()
    const loads = [
      () => Promise.reject(new AppError('session.origin_refused', 'wrong page')),
      () => Promise.resolve(session),
    ]
    const { host } = makeHost(() => loads.shift()?.() ?? Promise.reject(new Error('loaded too often')))
    const [first, second] = await Promise.allSettled([host.join(request), host.join(request)])
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'session.origin_refused' } })
    expect(second).toMatchObject({ status: 'fulfilled', value: session })
  })

  test('a session that could not be loaded is forgotten', async () => {
    const { host, request } = makeHost(() => Promise.reject(new AppError('session.not_live', 'gone')))
    await expect(host.join(request)).rejects.toMatchObject({ code: 'session.not_live' })
    expect(host.liveCount).toBe(0)
  })

  test('a renewed lease keeps the session for another turn of the timer, again and again', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    database.answer = held(session)
    for (let time = 0; time < 5; time += 1) {
      nowMs += 5_000
      await host.renewLeases()
    }
    expect(session.isEnded).toBe(false)
  })

  test('a lease that somebody else has ends the session, stops it speaking and wipes its keys', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    await host.renewLeases()
    expect(session.isEnded).toBe(true)
    expect(wipe).toHaveBeenCalledOnce()
    expect(host.liveCount).toBe(0)
    expect(() => session.answer({ kind: 'message', text: 'hi' }, 'req')).toThrow('session has ended')
  })

  test('a database that refuses ends the session before its lease runs out, and not at the first refusal', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    database.answer = () => Promise.reject(new AppError('server.database_unavailable', 'down'))
    nowMs += 5_000
    await host.renewLeases()
    expect(session.isEnded).toBe(false)
    nowMs += 5_000
    expect(10_000).toBeLessThan(leaseTtlMs)
    await host.renewLeases()
    expect(session.isEnded).toBe(true)
    expect(log).toHaveBeenCalledTimes(2)
  })

  test('a database that is silent ends the session before its lease runs out, too', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    database.answer = () => new Promise(() => undefined)
    nowMs += 5_000
    void host.renewLeases()
    expect(session.isEnded).toBe(false)
    nowMs += 5_000
    await host.renewLeases()
    expect(session.isEnded).toBe(true)
  })

  test('a session that is still being loaded does not keep the others from being renewed', async () => {
    const { session, request } = makeHost()
    const { host } = makeHost((asked) =>
      asked.sessionId === request.sessionId ? Promise.resolve(session) : new Promise(() => undefined),
    )
    await host.join(request)
    void host.join({ ...request, sessionId: newId() })
    await host.renewLeases()
    expect(session.isEnded).toBe(true)
  })

  test('draining waits for the running turn, then ends and closes every session', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    const queue = session.answer({ kind: 'start' }, 'req_1')
    await host.drain()
    expect(session.isEnded).toBe(true)
    expect(closeStopped).toHaveBeenCalledExactlyOnceWith(session)
    expect((await queue.next())?.event).toBe('turn_start')
  })

  test('draining goes on when a session cannot be closed, and says so', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    closeStopped.mockRejectedValueOnce(new Error('down'))
    await host.drain()
    expect(session.isEnded).toBe(true)
    expect(log).toHaveBeenCalledWith('session could not be closed', expect.any(Error))
  })

  test('a signal of a workspace without sessions here asks the database nothing', async () => {
    const { host, request } = makeHost()
    await host.join(request)
    const asked = vi.fn(() => Promise.resolve([]))
    database.answer = asked
    await host.onSignal({ workspaceId: newId(), signalId: newId() })
    expect(asked).not.toHaveBeenCalled()
  })
})
