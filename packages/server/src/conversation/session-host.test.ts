/** What the host does when the database is slow, silent or says no. With a real one: test/api/leases.test.ts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import type { WorkspaceScope } from '../kernel/workspace-scope.ts'
import type { WorkspaceTx } from '../platform/postgres/workspace-tx.ts'
import { leaseTtlMs } from './lease-watch.ts'
import { LiveSession } from './live-session.ts'
import { type JoinRequest, SessionHost } from './session-host.ts'
import { makeContext, newId } from './test-harness/make-context.ts'
import { handModel } from './test-harness/scripted-pieces.ts'

type Work = (tx: WorkspaceTx) => Promise<unknown>

describe('the session host', () => {
  const clock = { nowMs: () => Date.now() }
  /** Stands for the database: the test says what a transaction does. */
  const database = { answer: (_scope: WorkspaceScope, _work: Work): Promise<unknown> => Promise.resolve([]) }
  const closeStopped = vi.fn<(session: LiveSession) => Promise<void>>(async () => undefined)
  const wipe = vi.fn<() => void>()
  const log = vi.fn<(message: string, error: unknown) => void>()
  beforeEach(() => {
    vi.useFakeTimers()
    vi.clearAllMocks()
    database.answer = () => Promise.resolve([])
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

  const makeSession = (host: () => SessionHost) => {
    const context = makeContext({ model: handModel(), clock })
    return new LiveSession(
      context,
      {
        database: { withWorkspace: () => Promise.reject(new AppError('server.database_unavailable', 'down')) },
        contentKeys: {
          forUser: unused,
          forUsers: unused,
          forWorkspace: unused,
          makeUserKey: unused,
          blindIndex: unused,
        },
        ownerBoot: newId(),
        maySpeak: () => host().holdsLease(context.sessionId),
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
      flush: () => Promise.resolve(),
      followFloors: () => Promise.resolve(() => []),
      log,
    })
    const { scope, sessionId, tokenJti } = session.context
    const request: JoinRequest = {
      scope,
      sessionId,
      agentId: newId(),
      agentVersion: 1,
      userId: newId(),
      variablesSha256: '',
      originsSha256: '',
      modality: 'text',
      client: 'native',
      jti: tokenJti,
      kind: 'turn',
      checkOrigins: () => undefined,
    }
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
    host.start()
    await host.join(request)
    database.answer = held(session)
    await pass(60_000)
    expect([session.isEnded, host.holdsLease(session.context.sessionId)]).toEqual([false, true])
    await host.drain()
    expect(vi.getTimerCount()).toBe(0)
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

  test('a session whose lease is refused because the backend ended it says that reason, and is silent before it is known', async () => {
    const { host, session, request } = makeHost()
    const { sessionId } = session.context
    await host.join(request)
    const row = Promise.withResolvers<unknown>()
    const answers: Promise<unknown>[] = [Promise.resolve([]), row.promise]
    database.answer = () => answers.shift() ?? Promise.reject(new Error('asked too often'))
    const renewed = host.renewLeases()
    await pass(0)
    expect([session.isEnded, host.holdsLease(sessionId)]).toEqual([false, false])
    row.resolve({ endedAt: new Date(), endReason: 'ended_by_backend' })
    await renewed
    expect([session.isEnded, session.endReason]).toEqual([true, 'ended_by_backend'])
  })

  test.each<[string, () => Promise<unknown>]>([
    ['hangs', () => new Promise(() => undefined)],
    ['refuses', () => Promise.reject(new AppError('server.database_unavailable', 'down'))],
    ['says that it lives elsewhere', () => Promise.resolve({ endedAt: null, endReason: null })],
  ])('a refused lease whose row %s ends the session within a second', async (_name, row) => {
    const { host, session, request } = makeHost()
    await host.join(request)
    const answers = [() => Promise.resolve<unknown>([]), row]
    database.answer = () => answers.shift()?.() ?? Promise.reject(new Error('asked too often'))
    const renewed = host.renewLeases()
    await pass(1_000)
    await renewed
    expect([session.isEnded, session.endReason]).toEqual([true, 'owner_lost'])
  })

  test('a database that refuses ends the session before its lease runs out, and not at the first refusal', async () => {
    const { host, session, request } = makeHost()
    host.start()
    await host.join(request)
    database.answer = () => Promise.reject(new AppError('server.database_unavailable', 'down'))
    await pass(10_000)
    expect([session.isEnded, log.mock.calls.length]).toEqual([false, 2])
    await pass(leaseTtlMs - 10_000 - 1)
    expect(session.isEnded).toBe(true)
    await host.drain()
  })

  // The timer of renewals goes round for all sessions, so one may be joined at any moment of it.
  test.each([0, 1, 1_900, 2_100, 3_000, 4_999])(
    'joined %i ms after a renewal, it is silent before its lease runs out when the database hangs',
    async (offsetMs) => {
      const { host, session, request } = makeHost()
      host.start()
      await pass(offsetMs)
      await host.join(request)
      database.answer = () => new Promise(() => undefined)
      await pass(leaseTtlMs - 2_000)
      expect(session.isEnded).toBe(false)
      await pass(1_999)
      expect([session.isEnded, host.holdsLease(session.context.sessionId)]).toEqual([true, false])
    },
  )

  test('a process that slept through its lease says nothing, before any timer of it has run', async () => {
    const { host, session, request } = makeHost()
    await host.join(request)
    const queue = session.answer({ kind: 'start' }, 'req_1')
    vi.setSystemTime(Date.now() + leaseTtlMs)
    expect(host.holdsLease(session.context.sessionId)).toBe(false)
    await pass(0)
    expect([(await queue.next())?.event, (await queue.next())?.event]).toEqual(['turn_start', 'error'])
  })

  test('a renewal counts from when it was asked for, not from its answer', async () => {
    const { host, session, request } = makeHost()
    host.start()
    await host.join(request)
    const answer = Promise.withResolvers<unknown>()
    database.answer = () => answer.promise
    await pass(9_000)
    answer.resolve([session.context.sessionId])
    database.answer = () => new Promise(() => undefined)
    await pass(5_000 + leaseTtlMs - 9_000 - 1_001)
    expect(session.isEnded).toBe(false)
    await pass(2)
    expect(session.isEnded).toBe(true)
  })

  test('a session that took long to load is renewed before it says anything', async () => {
    const { session, request } = makeHost()
    const loaded = Promise.withResolvers<LiveSession>()
    const { host } = makeHost(() => loaded.promise)
    const joined = host.join(request)
    await pass(leaseTtlMs)
    database.answer = held(session)
    loaded.resolve(session)
    await joined
    expect(host.holdsLease(request.sessionId)).toBe(true)
  })

  test('a session that took so long to load that its lease is lost is refused', async () => {
    const { session, request } = makeHost()
    const loaded = Promise.withResolvers<LiveSession>()
    const { host } = makeHost(() => loaded.promise)
    const joined = host.join(request)
    joined.catch(() => undefined)
    await pass(leaseTtlMs)
    loaded.resolve(session)
    await expect(joined).rejects.toMatchObject({ code: 'session.owned_elsewhere' })
    expect([session.isEnded, host.liveCount]).toEqual([true, 0])
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
    const drained = host.drain()
    expect((await queue.next())?.event).toBe('turn_start')
    expect((await queue.next())?.event).toBe('token')
    expect(session.isEnded).toBe(false)
    while ((await queue.next()) !== undefined);
    await drained
    expect(session.isEnded).toBe(true)
  })

  test('a client that does not read holds a drain up for ten seconds, no longer', async () => {
    const { host, session, request } = makeHost()
    host.start()
    await host.join(request)
    database.answer = held(session)
    session.answer({ kind: 'start' }, 'req_1')
    const drained = host.drain()
    await pass(9_000)
    expect([session.isEnded, host.holdsLease(session.context.sessionId)]).toEqual([false, true])
    await pass(1_000)
    await drained
    expect(session.isEnded).toBe(true)
  })

  test('nobody joins a host that drains or has drained', async () => {
    const { host, request } = makeHost()
    const drained = host.drain()
    await expect(host.join(request)).rejects.toMatchObject({ code: 'server.draining' })
    await drained
    await expect(host.join(request)).rejects.toMatchObject({ code: 'server.draining' })
    expect(host.liveCount).toBe(0)
  })

  test('a session that is being joined when the drain begins is drained with the others', async () => {
    const { session, request } = makeHost()
    const loaded = Promise.withResolvers<LiveSession>()
    const { host } = makeHost(() => loaded.promise)
    const joined = host.join(request)
    const drained = host.drain()
    loaded.resolve(session)
    expect(await joined).toBe(session)
    await drained
    expect(session.isEnded).toBe(true)
    expect(closeStopped).toHaveBeenCalledExactlyOnceWith(session)
  })

  test('a session whose loading outlasts the drain is closed when it comes', async () => {
    const { session, request } = makeHost()
    const loaded = Promise.withResolvers<LiveSession>()
    const { host } = makeHost(() => loaded.promise)
    const joined = host.join(request)
    joined.catch(() => undefined)
    const drained = host.drain()
    await pass(10_000)
    await drained
    loaded.resolve(session)
    await expect(joined).rejects.toMatchObject({ code: 'server.draining' })
    expect(session.isEnded).toBe(true)
    expect(closeStopped).toHaveBeenCalledExactlyOnceWith(session)
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
