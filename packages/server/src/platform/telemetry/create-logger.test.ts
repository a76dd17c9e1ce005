import { describe, expect, test } from 'vitest'
import { createLogger } from './create-logger.ts'

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger('info', { write: (line) => lines.push(line) }))
  return lines.join('')
}

describe('the log', () => {
  test('writes of an error its name, code, message and stack, and nothing else that hangs on it', () => {
    const error = Object.assign(new Error('connection lost'), {
      code: '57P01',
      detail: 'Key (external_id)=(ada@example.com) exists',
      client: { password: 'p4ssw0rd', statements: ['select 1'] },
    })
    const text = logged((log) => log.error({ err: error }, 'lost'))
    expect(JSON.parse(text)).toMatchObject({ err: { name: 'Error', code: '57P01', message: 'connection lost' } })
    expect(text).not.toMatch(/ada@|p4ssw0rd|select 1/)
  })

  test('describes causes the same way, and ends a chain that bites its own tail', () => {
    const inner = Object.assign(new Error('inner'), { request: 'Bearer sk-123' })
    const outer = new Error('outer', { cause: inner })
    inner.cause = outer
    const text = logged((log) => log.error({ err: outer }, 'failed'))
    expect(text).toContain('inner')
    expect(text).not.toContain('sk-123')
  })

  test('replaces what stands under the name of a secret', () => {
    const text = logged((log) =>
      log.warn({ token: 'eyJhbGciOi', request: { authorization: 'Bearer x1y2' } }, 'refused'),
    )
    expect(text).not.toMatch(/eyJhbGciOi|x1y2/)
    expect(text).toContain('[redacted]')
  })

  test('survives what is thrown and is no error', () => {
    expect(logged((log) => log.error({ err: 'sk-secret' }, 'odd'))).not.toContain('sk-secret')
  })
})
