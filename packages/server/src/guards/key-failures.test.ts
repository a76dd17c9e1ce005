import { describe, expect, it } from 'vitest'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { KeyFailures } from './key-failures.ts'

const failure = (keyId: number, isKnown: boolean) => ({ workspaceId: testUuid(1), keyId: testUuid(keyId), isKnown })

describe('the failures of keys', () => {
  it('are counted for each known key, with the time of the last, and are told once', () => {
    const failures = new KeyFailures()
    failures.note(failure(2, true), 10)
    failures.note(failure(3, true), 20)
    failures.note(failure(2, true), 30)
    expect(failures.take()).toEqual({
      known: [
        { workspaceId: testUuid(1), keyId: testUuid(2), count: 2, lastAtMs: 30 },
        { workspaceId: testUuid(1), keyId: testUuid(3), count: 1, lastAtMs: 20 },
      ],
      others: 0,
    })
    expect(failures.take()).toEqual({ known: [], others: 0 })
  })

  it('of ids that nobody has are one number, however many ids there are', () => {
    const failures = new KeyFailures()
    for (let id = 0; id < 100_000; id += 1) failures.note(failure(id, false), 0)
    expect(failures.take()).toEqual({ known: [], others: 100_000 })
  })

  it('of a key of one workspace are not those of the same id in another', () => {
    const failures = new KeyFailures()
    failures.note(failure(2, true), 0)
    failures.note({ ...failure(2, true), workspaceId: testUuid(9) }, 0)
    expect(failures.take().known.map(({ count }) => count)).toEqual([1, 1])
  })

  it('fill no more than their place, and what has one goes on being counted', () => {
    const failures = new KeyFailures({ mostKeys: 3 })
    for (let id = 0; id < 1000; id += 1) failures.note(failure(id, true), 0)
    failures.note(failure(0, true), 5)
    const { known, others } = failures.take()
    expect(known.map(({ keyId, count }) => [keyId, count])).toEqual([
      [testUuid(0), 2],
      [testUuid(1), 1],
      [testUuid(2), 1],
    ])
    expect(others).toBe(997)
  })
})
