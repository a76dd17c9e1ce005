import { describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import { type HostFacts, readHostFacts } from './host-facts.ts'
import { refuseUnsupportedHost } from './refuse-unsupported-host.ts'

const facts: HostFacts = {
  platform: 'linux',
  architecture: 'x64',
  isMusl: false,
  userId: 1_000,
  hasUserEntry: true,
  rootStateFolder: '/var/lib/hyponema',
}
const refuse = (other: Partial<HostFacts>) => () => refuseUnsupportedHost({ ...facts, ...other })

describe('a machine that cannot run the embedded server', () => {
  test.each([
    ['musl', { isMusl: true }, /musl \(Alpine\): start on a Debian.*or set DATABASE_URL/],
    ['a user without an entry', { hasUserEntry: false }, /User id 1000 has no entry.*--user NAME.*or set DATABASE_URL/],
    ['Windows', { platform: 'win32' }, /no embedded PostgreSQL for win32-x64: start inside WSL, or set DATABASE_URL/],
    ['another processor', { architecture: 'riscv64' }, /for linux-riscv64: start on Linux or macOS/],
  ] as const)('is told by one sentence with the ways out: %s', (_what, other, sentence) => {
    expect(refuse(other)).toThrow(StartupRefusal)
    expect(refuse(other)).toThrow(sentence)
  })

  test('is neither a plain one, nor root without an entry, who hands the server to somebody else', () => {
    expect(refuse({})).not.toThrow()
    expect(refuse({ userId: 0, hasUserEntry: false })).not.toThrow()
    expect(refuse({ platform: 'darwin', architecture: 'arm64' })).not.toThrow()
  })

  test.runIf(process.platform === 'linux')('is not this one', () => {
    expect(readHostFacts()).toMatchObject({ platform: 'linux', isMusl: false, userId: process.getuid?.() })
  })
})
