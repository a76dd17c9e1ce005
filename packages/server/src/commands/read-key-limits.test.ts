import { describe, expect, test } from 'vitest'
import { readKeyLimits } from './read-key-limits.ts'

const written = {
  scopes: 'workspace:write',
  mode: 'live',
  days: undefined,
  allowedAddresses: undefined,
  allowedAgents: undefined,
}

describe('the limits of a new key', () => {
  test('are none but its scopes unless they are asked for', () => {
    expect(readKeyLimits(written)).toEqual({
      mode: 'live',
      scopes: ['workspace:write'],
      days: undefined,
      allowedAddresses: null,
      allowedAgents: null,
    })
  })

  test('are read with spaces around each entry', () => {
    const limits = readKeyLimits({
      ...written,
      scopes: 'agents:read, sessions:write',
      allowedAddresses: ' 192.0.2.7, 10.0.0.0/8 ,2001:db8::/32',
    })
    expect(limits.scopes).toEqual(['agents:read', 'sessions:write'])
    expect(limits.allowedAddresses).toEqual(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32'])
  })

  test.each(['office', '10.0.0.0/33', '10.0.0', '010.0.0.1', '192.0.2.7;192.0.2.8', '10.0.0.0/8/8', '::1/129'])(
    'name the address %s that nothing could match, and say what to write',
    (wrong) => {
      expect(() => readKeyLimits({ ...written, allowedAddresses: `192.0.2.7, ${wrong}` })).toThrow(
        `--allowed-addresses has "${wrong}"; write addresses or CIDR ranges`,
      )
    },
  )

  test.each(['', ',', '192.0.2.7,'])('refuse the empty entry of "%s"', (allowedAddresses) => {
    expect(() => readKeyLimits({ ...written, allowedAddresses })).toThrow('--allowed-addresses has ""')
  })

  test.each([
    [{ scopes: 'members:write' }, 'cannot have the scope "members:write"'],
    [{ scopes: '' }, 'cannot have the scope ""'],
    [{ mode: 'both' }, '--mode is live or test'],
    [{ days: '0' }, '--days is a whole number'],
    [{ allowedAgents: 'agt_x' }, '--allowed-agents has "agt_x"'],
    [{ allowedAddresses: Array.from({ length: 101 }, () => '192.0.2.7').join(',') }, 'at most 100'],
  ])('refuse %j', (wrong, sentence) => {
    expect(() => readKeyLimits({ ...written, ...wrong })).toThrow(sentence)
  })
})
