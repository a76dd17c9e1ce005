import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import { wellFormedBody } from './well-formed-body.ts'

function send(body: string): Promise<{ status: number; errors: AppError['errors'] }> {
  let errors: AppError['errors'] = []
  const app = new Hono()
  app.onError((error, context) => {
    if (!(error instanceof AppError)) return context.text('', 500)
    errors = error.errors
    return context.text('', 422)
  })
  app.post('/', wellFormedBody(), async (context) => context.json(await context.req.json()))
  const request = app.request('/', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  return Promise.resolve(request).then(({ status }) => ({ status, errors }))
}

describe('a body', () => {
  test('of ordinary text passes, whatever its language and its pairs', async () => {
    expect((await send(JSON.stringify({ name: 'Ünïcødé 🙂 مرحبا', list: [1, null, true, ['x']] }))).status).toBe(200)
  })

  test.each([
    ['a NUL', '{"a":{"b~/c":["x","y\\u0000"]}}', '/a/b~0~1c/1'],
    ['half a surrogate pair', '{"name":"a\\ud800"}', '/name'],
    ['a NUL in a field name', '{"a\\u0000":1}', '/a\u0000'],
  ])('with %s is refused with where it stands', async (_name, body, pointer) => {
    const { status, errors } = await send(body)
    expect(status).toBe(422)
    expect(errors.map((error) => error.pointer)).toEqual([pointer])
  })

  test('that nests without end is refused and does not end the process', async () => {
    expect((await send(`${'['.repeat(5000)}${']'.repeat(5000)}`)).status).toBe(422)
  })

  test('with many wrong places names the first twenty', async () => {
    expect((await send(JSON.stringify(Array.from({ length: 500 }, () => '\u0000')))).errors).toHaveLength(20)
  })
})
