import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readEmbeddedAddress } from '../../packages/server/src/commands/read-embedded-address.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { ask } from '../isolation/scratch-database.ts'
import { makeFreshHome, removeHome, runCommand, startProcess } from './server-process.ts'

const adminSchema = z.looseObject({ superuser: z.object({ user: z.string(), password: z.string() }) })

/** Done to a database that was whole, each with a look at what a migrate makes of it. */
const changes = [
  {
    statement: "update app.installation set built_by = 'another'",
    isWhole: "select built_by <> 'another' as whole from app.installation",
  },
  {
    statement: 'drop policy worker_only on graphile_worker._private_tasks',
    isWhole:
      "select count(*) = 1 as whole from pg_policy where polname = 'worker_only' and polrelid = 'graphile_worker._private_tasks'::regclass",
  },
  {
    statement: "alter role hyponema_sealer password 'not-the-one-of-the-file'",
    isWhole: 'select true as whole',
  },
] as const

// Six starts, one after the other, on whatever the machine has left.
describe('a start of an embedded database', { timeout: 240_000 }, () => {
  let home: string
  let admin: string
  let good: string
  beforeAll(async () => {
    home = await makeFreshHome()
    admin = join(home, 'admin.json')
    await (await startProcess({ home })).interrupt()
    good = await readFile(admin, 'utf8')
  })
  afterAll(() => removeHome(home))
  beforeEach(async () => {
    await writeFile(admin, good)
    await chmod(admin, 0o600)
  })

  /** As its superuser, while a server runs on it. */
  const asSuperuser = async (statement: string) => {
    const address = await readEmbeddedAddress(join(home, 'address.json'))
    if (address === undefined) throw new Error('no database runs')
    const { superuser } = adminSchema.parse(JSON.parse(good))
    const pool = openLoginPool({ address, login: superuser, limits: { maxConnections: 1 } })
    try {
      return await ask<{ whole: boolean }>(pool, statement)
    } finally {
      await pool.close()
    }
  }

  test('that is as this build left it needs no administrator', async () => {
    await writeFile(admin, 'never read')
    const server = await startProcess({ home })
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect(await server.interrupt()).toBe(0)
  })

  test("says that others can read the administrator's file, though it does not need it", async () => {
    await chmod(admin, 0o644)
    const { code, output } = await runCommand(['start'], { HYPONEMA_HOME: home })
    expect([code, output]).toEqual([1, expect.stringMatching(/admin\.json can be read by others .* chmod 600/)])
  })

  test('that was changed by hand is migrated before it is served', async () => {
    let server = await startProcess({ home })
    for (const { statement, isWhole } of changes) {
      await asSuperuser(statement)
      await server.interrupt()
      server = await startProcess({ home })
      expect(await asSuperuser(isWhole), statement).toEqual([{ whole: true }])
    }
    await asSuperuser("update app.installation set built_by = 'another'")
    await server.interrupt()
    await writeFile(admin, 'read now')
    const { code, output } = await runCommand(['start'], { HYPONEMA_HOME: home })
    expect([code, output]).toEqual([1, expect.stringContaining('admin.json is damaged')])
    expect(output).not.toContain('is ready')
  })
})
