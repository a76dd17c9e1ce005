import { columnClasses } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, openScratch, type Scratch } from './scratch-database.ts'

describe('the columns', () => {
  let scratch: Scratch
  beforeAll(async () => {
    scratch = await openScratch()
  })
  afterAll(() => scratch.close())

  /** Tables of ours and of the job runner; partitions are their parents' columns, views their tables'. */
  const columns = () =>
    ask<{ name: string; column: string; type: string }>(
      scratch.admin,
      `select n.nspname || '.' || c.relname as name, a.attname::text as column, a.atttypid::regtype::text as type
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition
         and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
       order by c.relname, a.attnum`,
    )

  test('each has a class, and no class has no column', async () => {
    const inDatabase: Record<string, string[]> = {}
    for (const { name, column } of await columns()) (inDatabase[name] ??= []).push(column)
    const classified = Object.fromEntries(
      Object.entries(columnClasses).map(([table, classes]) => [table, Object.keys(classes).sort()]),
    )
    expect(classified).toEqual(
      Object.fromEntries(Object.entries(inDatabase).map(([table, names]) => [table, names.sort()])),
    )
  })

  test('what a person said or what opens something is bytes, never text', async () => {
    const classOf = new Map(
      Object.entries(columnClasses).flatMap(([table, classes]) =>
        Object.entries(classes).map(([column, kind]) => [`${table}.${column}`, kind]),
      ),
    )
    const plain = (await columns()).filter(({ name, column, type }) => {
      const kind = classOf.get(`${name}.${column}`)
      return (kind === 'user_content' || kind === 'secret') && type !== 'bytea'
    })
    expect(plain).toEqual([])
  })
})
