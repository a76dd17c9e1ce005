import { afterEach, expect, test, vi } from 'vitest'
import { OperatorSession } from './operator-session.ts'

/** What the server allows between the use of a cookie and its repeat (data-boundary 4). */
const graceMs = 10_000

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('a refresh whose answer is lost is repeated while the server still takes it for the same one', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string) => {
    asked.push(path)
    throw new TypeError('the answer was lost')
  })
  const waits = vi.spyOn(AbortSignal, 'timeout')
  const session = new OperatorSession(() => undefined)
  expect(await session.refresh()).toMatchObject({ refusal: { code: 'unreachable' } })
  expect(asked).toEqual(['/auth/refresh', '/auth/refresh'])
  const waited = waits.mock.calls.reduce((sum, [ms]) => sum + ms, 0)
  expect(waited).toBeLessThan(graceMs)
})
