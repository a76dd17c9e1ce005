import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

const main = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url))
const documentSchema = z.object({
  checks: z.number(),
  leaks: z.number(),
  not_probed: z.number(),
  findings: z.array(z.object({ check: z.string(), result: z.string(), detail: z.string() })),
})

describe('hyponema prove', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  /** The command as an operator runs it, on the database of this suite. */
  const prove = (...args: readonly string[]): Promise<{ code: number; out: string; complaints: string }> =>
    new Promise((resolve) => {
      const { host, port, database } = scratch.database.address
      const environment = {
        ...process.env,
        HYPONEMA_HOME: dirname(scratch.loginsPath),
        DATABASE_URL: `postgres://localhost:${port}/${database}?host=${encodeURIComponent(host)}`,
      }
      const child = execFile(
        process.execPath,
        [main, 'prove', ...args],
        { env: environment },
        (_error, out, complaints) => resolve({ code: child.exitCode ?? -1, out, complaints }),
      )
    })

  test('prints the counts and exits 0 where nothing is found', async () => {
    const { code, out } = await prove()
    expect(out).toMatch(/^\d{3,} checks, 0 leaks \(PostgreSQL \d+\.[^)]+ s\)\n$/)
    expect(code).toBe(0)
  })

  test('prints a line for each finding, and a document with --json, and exits 1', async () => {
    await ask(scratch.admin, 'grant truncate on tenant.users to hyponema_app')
    try {
      const { code, out } = await prove('--static')
      expect(out.split('\n')[0]).toBe('leak: rule grants: hyponema_app has TRUNCATE on tenant.users')
      expect(code).toBe(1)
      const asJson = await prove('--static', '--json')
      expect(documentSchema.parse(JSON.parse(asJson.out))).toMatchObject({ leaks: 1, not_probed: 0 })
      expect(asJson.code).toBe(1)
    } finally {
      await ask(scratch.admin, 'revoke truncate on tenant.users from hyponema_app')
    }
  })

  test('exits 2 when it is asked for what it does not know', async () => {
    const { code, complaints } = await prove('--everything')
    expect(complaints).toBe('Write: npm run hyponema -- prove [--static] [--json]\n')
    expect(code).toBe(2)
  })

  test('needs no administrator for --static, and says so without one', async () => {
    await rm(scratch.adminPath)
    expect((await prove('--static')).code).toBe(0)
    const { code, complaints } = await prove()
    expect(complaints).toContain('prove --static')
    expect(code).toBe(1)
  })
})
