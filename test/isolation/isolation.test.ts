import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginNames, readTables, type TableInfo } from './catalogue.ts'
import { probeTable, type Verdict } from './probe-table.ts'
import { rowFactories } from './row-factories.ts'
import { openScratch, type Scratch } from './scratch-database.ts'

describe('isolation', () => {
  let scratch: Scratch
  let tables: readonly TableInfo[]

  beforeAll(async () => {
    scratch = await openScratch()
    tables = await readTables(scratch.admin)
  })
  afterAll(() => scratch.close())

  test('every table of tenants has a row factory', () => {
    const roots = new Set(tables.map(({ root }) => root))
    expect([...roots].sort()).toEqual(Object.keys(rowFactories).sort())
  })

  test.each(loginNames)(
    'no verb of %s crosses from one workspace into another, on any table, either way',
    async (login) => {
      const verdicts: Verdict[] = []
      for (const table of tables) verdicts.push(...(await probeTable(scratch, table, login)))
      expect(verdicts.filter(({ held }) => !held).map(({ line }) => line)).toEqual([])
      expect(verdicts.length).toBeGreaterThan(tables.length * 28)
    },
  )
})
