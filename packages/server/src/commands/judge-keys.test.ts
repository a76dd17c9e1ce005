import { describe, expect, test } from 'vitest'
import { judgeKeys } from './judge-keys.ts'

const key = (id: string, first: string) => ({ id, fingerprint: first.repeat(32) })

describe('the keys beside which a backup was made', () => {
  const here = [key('epoch-1', 'a'), key('epoch-2', 'b'), key('signing-1', 'c')]

  test('may be the same, or fewer than there are now', () => {
    expect(judgeKeys(here, here)).toEqual([])
    expect(judgeKeys(here.slice(1), here)).toEqual([])
  })

  test('are named where one is gone, which may be on purpose', () => {
    expect(judgeKeys([...here, key('epoch-0', 'd')], here)).toEqual([
      'keyring.json has no key epoch-0: what it sealed will not open.',
    ])
  })

  test('are refused where one has another content under the same id', () => {
    expect(() => judgeKeys([key('epoch-1', 'a'), key('epoch-2', 'f')], here)).toThrow(
      "keyring.json is another installation's: the backup was made with another key epoch-2.",
    )
  })
})
