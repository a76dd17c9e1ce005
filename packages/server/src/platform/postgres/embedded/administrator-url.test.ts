import { expect, test } from 'vitest'
import { parseAdminUrl } from '../database-address.ts'
import { administratorUrl } from './administrator-url.ts'

test('the URL of an administrator is read as it was meant, whatever its parts hold', () => {
  const address = { host: `/tmp/my own, Ordner's/run&x=1`, port: 5432, database: 'a-b?c', tls: 'off' } as const
  const login = { user: 'post:gres@x', password: 'p/w?#&=%@:' }
  expect(parseAdminUrl(administratorUrl(address, login))).toEqual({ address, login })
})
