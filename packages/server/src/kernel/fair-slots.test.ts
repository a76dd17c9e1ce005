import { describe, expect, test } from 'vitest'
import { FairSlots } from './fair-slots.ts'

let owners = 0
const newOwner = (): string => `workspace ${(owners += 1)}`
const never = (): AbortSignal => new AbortController().signal

/** Whether it has settled by now, once everything that was ready has run. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  await new Promise((resolve) => setImmediate(resolve))
  return !settled
}

describe('slots that are shared fairly', () => {
  test('lets in as many as there are, and the next when one has left', async () => {
    const slots = new FairSlots({ most: 2, mostOfOne: 2 })
    const [one, two] = [await slots.take(newOwner(), never()), await slots.take(newOwner(), never())]
    const third = slots.take(newOwner(), never())
    expect(await isOpen(third)).toBe(true)
    one()
    expect(await isOpen(third)).toBe(false)
    const fourth = slots.take(newOwner(), never())
    // Giving the same one back again makes no room.
    one()
    expect(await isOpen(fourth)).toBe(true)
    two()
    expect(await isOpen(fourth)).toBe(false)
  })

  test('one owner does not take what is left for others, and is not waited for', async () => {
    const slots = new FairSlots({ most: 3, mostOfOne: 1 })
    const [large, small] = [newOwner(), newOwner()]
    const leave = await slots.take(large, never())
    const waiting = slots.take(large, never())
    expect(await isOpen(waiting)).toBe(true)
    expect(await isOpen(slots.take(small, never()))).toBe(false)
    leave()
    expect(await isOpen(waiting)).toBe(false)
  })

  test('who gives up leaves the line, with the reason', async () => {
    const slots = new FairSlots({ most: 1, mostOfOne: 1 })
    const leave = await slots.take(newOwner(), never())
    const gone = new AbortController()
    const waiting = slots.take(newOwner(), gone.signal)
    const behind = slots.take(newOwner(), never())
    const reason = new Error('too late')
    gone.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    leave()
    expect(await isOpen(behind)).toBe(false)
    await expect(slots.take(newOwner(), gone.signal)).rejects.toBe(reason)
  })
})
