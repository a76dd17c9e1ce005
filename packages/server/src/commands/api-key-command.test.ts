import { describe, expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { apiKeyCommand } from './api-key-command.ts'
import { keysCommand } from './keys-command.ts'

const config = readConfig({ environment: {}, workingFolder: '/nowhere' })
const key = 'key_01jd3v7t6zf3m8k2x9w4c5b6n7'

/** The refusal of arguments; nothing is opened before they are understood. */
async function refusalOf(work: Promise<void>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  expect(error).toBeInstanceOf(StartupRefusal)
  return error instanceof StartupRefusal ? error.message : ''
}

describe('the commands for API keys', () => {
  test.each([
    [[], 'Write: '],
    [['destroy'], 'api-key revoke'],
    [['rotate'], 'Say which key by its id: api-key rotate key_...'],
    [['revoke', 'hyp_live_x'], 'Say which key by its id: api-key revoke key_...'],
    [['revoke', key, key], 'Say which key by its id'],
    [['rotate', key, '--overlap-seconds', ''], '0 to 2592000'],
    [['rotate', key, '--overlap-seconds', '1e3'], '0 to 2592000'],
    [['rotate', key, '--overlap-seconds=-1'], '0 to 2592000'],
    [['rotate', key, '--overlap-seconds', '2592001'], '0 to 2592000'],
    [['create', '--label', ' '], '--label is a text'],
    [['create', '--scopes', 'members:write'], 'cannot have the scope "members:write"'],
  ])('%j are refused with what to write', async (args, words) => {
    expect(await refusalOf(apiKeyCommand(config, args))).toContain(words)
  })

  test.each([
    [[], 'keys status'],
    [['renew'], 'keys retire ID'],
    [['rotate', '--purpose', 'passwords'], '--purpose'],
    [['retire'], 'keys retire'],
  ])('keys %j is refused with what to write', async (args, words) => {
    expect(await refusalOf(keysCommand(config, args))).toContain(words)
  })
})
