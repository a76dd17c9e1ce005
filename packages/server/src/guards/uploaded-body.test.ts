import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import type { ApiEnv } from '../kernel/request-context.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { UploadRoom } from './upload-room.ts'
import { uploadedBody } from './uploaded-body.ts'

function appWith(options: { timeoutMs?: number; room?: UploadRoom }) {
  const app = new Hono<ApiEnv>()
  app.use(async (context, next) => {
    context.set('principal', { kind: 'system', scope: provenScope(testUuid(1)), name: 'test' })
    await next()
  })
  app.post('/', uploadedBody(options), async (context) =>
    context.text(String((await context.req.arrayBuffer()).byteLength)),
  )
  app.onError((error) => {
    if (!(error instanceof AppError)) throw error
    const headers = { 'retry-after': String(error.retryAfterSeconds) }
    return new Response(error.code, { status: error.status, headers })
  })
  return app
}

describe('an uploaded body', () => {
  test('that comes drop by drop is given up when its time is over, and its room is there again', async () => {
    const room = new UploadRoom(100)
    const app = appWith({ timeoutMs: 50, room })
    const drops = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        controller.enqueue(new Uint8Array(1))
      },
    })
    const duplex = 'half' as const
    const init = { method: 'POST', headers: { 'content-length': '50' }, body: drops, duplex }
    const answer = await app.request(new Request('http://localhost/', init))
    expect([answer.status, await answer.text()]).toEqual([408, 'request.timeout'])
    const next = await app.request('/', { method: 'POST', headers: { 'content-length': '50' }, body: 'x'.repeat(50) })
    expect([next.status, await next.text()]).toEqual([200, '50'])
  })

  test('is not read where there is no room for what it says it has, and whoever says nothing needs room for the most', async () => {
    const app = appWith({ room: new UploadRoom(100) })
    for (const headers of [{ 'content-length': '51' }, {}, { 'content-length': 'x' }, { 'content-length': '-1' }]) {
      const answer = await app.request('/', { method: 'POST', headers, body: 'x'.repeat(51) })
      expect([headers, answer.status, answer.headers.get('retry-after')]).toEqual([headers, 429, '2'])
    }
  })

  test('that does not come gives way to another workspace, and is told so', async () => {
    let nowMs = 0
    const room = new UploadRoom(100, () => nowMs)
    const app = appWith({ room })
    const never = new ReadableStream<Uint8Array>({ start: () => undefined })
    const init = { method: 'POST', headers: { 'content-length': '50' }, body: never, duplex: 'half' as const }
    const slow = app.request(new Request('http://localhost/', init))
    room.take(testUuid(2), 40)
    nowMs = 20_000
    room.take(testUuid(3), 30)
    const answer = await slow
    expect([answer.status, await answer.text()]).toEqual([408, 'request.timeout'])
  })
})
