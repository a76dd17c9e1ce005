import { describe, expect, test } from 'vitest'
import { systemClock } from '../../kernel/clock.ts'
import { idMaker } from '../../kernel/new-id.ts'
import { SearchSlots } from './search-slots.ts'

const newId = idMaker(systemClock)
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

describe('the slots of searches', () => {
  test('lets in as many as there are, and the next when one has left', async () => {
    const slots = new SearchSlots({ most: 2, mostOfOne: 2 })
    const [one, two] = [await slots.take(newId(), never()), await slots.take(newId(), never())]
    const third = slots.take(newId(), never())
    expect(await isOpen(third)).toBe(true)
    one()
    expect(await isOpen(third)).toBe(false)
    const fourth = slots.take(newId(), never())
    // Giving the same one back again makes no room.
    one()
    expect(await isOpen(fourth)).toBe(true)
    two()
    expect(await isOpen(fourth)).toBe(false)
  })

  test('one workspace does not take what is left for others, and is not waited for', async () => {
    const slots = new SearchSlots({ most: 3, mostOfOne: 1 })
    const [large, small] = [newId(), newId()]
    const leave = await slots.take(large, never())
    const waiting = slots.take(large, never())
    expect(await isOpen(waiting)).toBe(true)
    expect(await isOpen(slots.take(small, never()))).toBe(false)
    leave()
    expect(await isOpen(waiting)).toBe(false)
  })

  test('who gives up leaves the line, with the reason', async () => {
    const slots = new SearchSlots({ most: 1, mostOfOne: 1 })
    const leave = await slots.take(newId(), never())
    const gone = new AbortController()
    const waiting = slots.take(newId(), gone.signal)
    const behind = slots.take(newId(), never())
    const reason = new Error('too late')
    gone.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    leave()
    expect(await isOpen(behind)).toBe(false)
    await expect(slots.take(newId(), gone.signal)).rejects.toBe(reason)
  })
})
