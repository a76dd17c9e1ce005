import { describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { parseAdminUrl, parseDatabaseUrl } from './database-address.ts'

describe('DATABASE_URL', () => {
  test.each([
    ['postgres://db.example.com:6543/voice', { host: 'db.example.com', port: 6543, database: 'voice', tls: 'off' }],
    [
      'postgresql://db.example.com/voice?sslmode=verify-full',
      { host: 'db.example.com', port: 5432, database: 'voice', tls: 'verify' },
    ],
    ['postgres://db/voice?sslmode=require', { host: 'db', port: 5432, database: 'voice', tls: 'require' }],
    ['postgres://[::1]:5432/voice', { host: '::1', port: 5432, database: 'voice', tls: 'off' }],
    [
      'postgres://localhost:5433/voice?host=%2Fvar%2Frun%2Fpostgresql',
      { host: '/var/run/postgresql', port: 5433, database: 'voice', tls: 'off' },
    ],
    [
      'postgres://%2Fvar%2Frun%2Fpostgresql/voice',
      { host: '/var/run/postgresql', port: 5432, database: 'voice', tls: 'off' },
    ],
  ])('reads %s', (text, address) => {
    expect(parseDatabaseUrl(text)).toEqual(address)
  })

  test.each(['postgres://admin@db/voice', 'postgres://admin:secret@db/voice', 'postgres://:secret@db/voice'])(
    'refuses who connects, and says what to run instead: %s',
    (text) => {
      expect(() => parseDatabaseUrl(text)).toThrow(
        /^DATABASE_URL contains a user or a password; run `npm run hyponema -- migrate URL` once/,
      )
      expect(() => parseDatabaseUrl(text)).not.toThrow('secret')
    },
  )

  test.each([
    '',
    'voice',
    'mysql://db/voice',
    'postgres://db',
    'postgres://db/',
    'postgres://db/a/b',
    'postgres://db/voice?sslmode=prefer',
    'postgres://db/voice?options=-c%20role%3Dx',
    'postgres:///voice',
  ])('refuses %s with one sentence', (text) => {
    expect(() => parseDatabaseUrl(text)).toThrow(StartupRefusal)
  })
})

describe("an administrator's URL", () => {
  test('is read with its login', () => {
    expect(parseAdminUrl('postgres://ad%40min:p%3Aw@db:5432/voice')).toEqual({
      address: { host: 'db', port: 5432, database: 'voice', tls: 'off' },
      login: { user: 'ad@min', password: 'p:w' },
    })
  })

  test('without a user is refused', () => {
    expect(() => parseAdminUrl('postgres://db/voice')).toThrow(/names no user/)
  })
})
