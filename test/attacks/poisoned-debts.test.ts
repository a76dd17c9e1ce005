import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../packages/server/src/platform/crypto/sha256.ts'
import { askAs } from '../../packages/server/src/platform/postgres/ask-as.ts'
import { openScratch, type Scratch } from '../isolation/scratch-database.ts'

const hour = 3_600

/** What one injected SELECT of a workspace may do to the budgets of another one: keys are hashes of ids that are no secrets. */
describe('a debt that somebody invents', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  const invent = (times: number) =>
    askAs<{ debt: number }>(
      scratch.database.logins.app,
      'select max(m.debt) as debt from generate_series(1, $2::int) g cross join lateral app.limits_merge(array[$1::bytea], array[100000 + 0 * g], array[0.0001]) m',
      [sha256('workspace\0somebody'), times],
    )

  test('refuses its owner for an hour at most, however often it is told', async () => {
    await invent(100)
    const [row] = await askAs<{ seconds: number }>(
      scratch.admin,
      'select extract(epoch from drained_at - now())::float8 as seconds from app.limit_debts',
    )
    expect(row?.seconds).toBeLessThanOrEqual(hour + 5)
  })
})
