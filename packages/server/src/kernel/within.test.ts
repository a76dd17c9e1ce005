import { expect, test } from 'vitest'
import { within } from './within.ts'

const late = (): Error => new Error('late')

test('is what the work comes to, a failure included', async () => {
  expect(await within(1000, Promise.resolve(7), late)).toBe(7)
  await expect(within(1000, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken')
})

test('fails in time when the work never ends, and minds nothing that comes afterwards', async () => {
  const work = Promise.withResolvers<number>()
  await expect(within(1, work.promise, late)).rejects.toThrow('late')
  work.reject(new Error('too late to matter'))
})
