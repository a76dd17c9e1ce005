/** When a call of an HTTP tool is made again, over the real door on loopback. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { closeLoopback } from '../../platform/outbound/test-harness/loopback.ts'
import { type Given, json, runHttpTool as run, serveInTurn } from '../test-harness/run-http-tool.ts'

afterEach(closeLoopback)

describe('repeats', () => {
  const busy = (status: number) => (_request: IncomingMessage, response: ServerResponse) => json(response, '{}', status)
  const good = (_request: IncomingMessage, response: ServerResponse) => json(response, '{"a":1}')
  const hangUp = (request: IncomingMessage) => request.socket.destroy()

  test.each([429, 502, 503, 504])('are made after status %i', async (status) => {
    const made = await serveInTurn(busy(status), good)
    expect(await run(made)).toMatchObject({ status: 'ok', report: { attempts: 2, statusCode: 200 } })
  })

  test('are made after a broken connection, twice at most', async () => {
    const once = await serveInTurn(hangUp, good)
    expect(await run(once)).toMatchObject({ status: 'ok', report: { attempts: 2 } })
    const never = await serveInTurn(hangUp)
    expect(await run(never)).toMatchObject({ reason: 'network', report: { attempts: 3 } })
    expect(never.seen).toHaveLength(3)
  })

  test.each<[string, Given, number]>([
    ['GET, PUT and DELETE', { method: 'PUT' }, 2],
    ['a POST that says so', { method: 'POST', idempotent: true }, 2],
    ['no POST', { method: 'POST' }, 1],
    ['no PATCH', { method: 'PATCH' }, 1],
    ['no GET that says so', { idempotent: false }, 1],
  ])('are made of %s', async (_name, change, calls) => {
    const made = await serveInTurn(busy(503), good)
    await run(made, change)
    expect(made.seen).toHaveLength(calls)
    const keys = made.seen.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toEqual(made.seen.map(() => (change.method === undefined ? undefined : 'turn-1')))
  })

  test('are not made after other answers, nor when the other side asks for more patience than there is', async () => {
    for (const answer of [
      busy(500),
      busy(404),
      (_request: IncomingMessage, response: ServerResponse) => response.end('<'),
    ]) {
      const made = await serveInTurn(answer, good)
      await run(made)
      expect(made.seen).toHaveLength(1)
    }
    const later = (after: string) => (_request: IncomingMessage, response: ServerResponse) =>
      response.writeHead(503, { 'retry-after': after }).end()
    for (const after of ['60', 'Wed, 21 Oct 2099 07:28:00 GMT', '-1', '1e9']) {
      const made = await serveInTurn(later(after), good)
      expect(await run(made)).toMatchObject({ reason: 'http_status', report: { attempts: 1 } })
    }
    const soon = await serveInTurn(later('1'), good)
    expect(await run(soon, { timeout_ms: 5000 })).toMatchObject({ status: 'ok', report: { attempts: 2 } })
  })

  test('end with the time of the tool', async () => {
    const made = await serveInTurn(busy(503))
    expect(await run(made, { timeout_ms: 100 })).toMatchObject({ reason: 'http_status', report: { attempts: 1 } })
  })
})
