import { describe, expect, test } from 'vitest'
import { CoalescedRefusals, type ToldRefusals } from './coalesced-refusals.ts'
import { testRequest } from './test-harness/guarded-app.ts'

function open(options: { fails?: boolean } = {}) {
  const told: ToldRefusals[] = []
  const failed: unknown[] = []
  let nowMs = 1_000_000
  const refusals = new CoalescedRefusals({
    clock: { nowMs: () => nowMs },
    tell: async (one) => {
      if (options.fails === true) throw new Error('no database')
      told.push(one)
    },
    onFailed: (error) => failed.push(error),
  })
  return {
    told,
    failed,
    refusals,
    pass: (milliseconds: number) => {
      nowMs += milliseconds
    },
    refuse: (address: string, code: 'sign_in.link_invalid' | 'sign_in.code_wrong' = 'sign_in.link_invalid') =>
      refusals.add(code, { ...testRequest, address }),
  }
}

const short = (told: readonly ToldRefusals[]) =>
  told.map(({ request, times, dropped }) => [request.address, times, dropped])

describe('refusals', () => {
  test('are told at once and then once a minute, by code and network', async () => {
    const { told, refuse, pass, refusals } = open()
    for (let index = 0; index < 4; index += 1) refuse(`192.0.2.${index}`)
    refuse('192.0.2.1', 'sign_in.code_wrong')
    refuse('2001:db8:1:2::3')
    refuse('2001:db8:1:ffff::3')
    refuse('not an address')
    expect(short(told)).toEqual([
      ['192.0.2.0/24', 1, 0],
      ['192.0.2.0/24', 1, 0],
      ['2001:db8:1::/48', 1, 0],
      ['unknown', 1, 0],
    ])
    pass(60_000)
    refuse('198.51.100.1')
    expect(short(told).slice(4)).toEqual([
      ['192.0.2.0/24', 3, 0],
      ['2001:db8:1::/48', 1, 0],
      ['198.51.100.0/24', 1, 0],
    ])
    await refusals.close()
  })

  test('from everywhere are sixty rows a minute, and what was dropped is told later', async () => {
    const { told, refuse, pass, refusals } = open()
    for (let index = 0; index < 200; index += 1) refuse(`10.1.${index}.1`)
    expect(told).toHaveLength(60)
    pass(60_000)
    refuse('203.0.113.1')
    expect(short(told).at(-1)).toEqual(['203.0.113.0/24', 1, 140])
    await refusals.close()
  })

  test('of more networks than are remembered are counted', async () => {
    const { told, refuse, pass, refusals } = open()
    for (let index = 0; index < 2_100; index += 1) refuse(`10.${index >> 8}.${index & 255}.1`)
    pass(61_000)
    refuse('203.0.113.1')
    expect(short(told).at(-1)).toEqual(['203.0.113.0/24', 1, 2_040])
    await refusals.close()
  })

  test('that nobody follows are told when the server stops; one that cannot be written stops nothing', async () => {
    const { told, refuse, refusals } = open()
    refuse('192.0.2.1')
    refuse('192.0.2.2')
    await refusals.close()
    expect(short(told)).toEqual([
      ['192.0.2.0/24', 1, 0],
      ['192.0.2.0/24', 1, 0],
    ])
    const broken = open({ fails: true })
    broken.refuse('192.0.2.1')
    await broken.refusals.close()
    expect(broken.failed).toHaveLength(1)
  })
})
