import { describe, expect, test } from 'vitest'
import { DeliveryLanes } from './delivery-lanes.ts'

const one = { inAll: 1, perWorkspace: 1 }
const open = () => new DeliveryLanes({ fast: one, slow: one, slowAfterMs: 60_000 })
const ignored = () => undefined

describe('places for running requests', () => {
  test('who is told of a place and takes none keeps it from nobody that waits behind', () => {
    const lanes = open()
    const running = lanes.take('fast', 'a', ignored)
    const told: string[] = []
    lanes.waitForRoom('fast', 'a', () => told.push('first'))
    lanes.waitForRoom('fast', 'b', () => told.push('second'))
    running?.leave()
    expect(told).toEqual(['first', 'second'])
  })

  test('a place is told of once: who takes it keeps it from those behind', () => {
    const lanes = open()
    const running = lanes.take('fast', 'a', ignored)
    const told: string[] = []
    const taken: ReturnType<DeliveryLanes['take']>[] = []
    lanes.waitForRoom('fast', 'a', () => {
      told.push('first')
      taken.push(lanes.take('fast', 'a', ignored))
    })
    lanes.waitForRoom('fast', 'b', () => told.push('second'))
    running?.leave()
    expect(told).toEqual(['first'])
    taken[0]?.leave()
    expect(told).toEqual(['first', 'second'])
  })
})
