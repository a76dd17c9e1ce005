import { expect, test } from 'vitest'
import { freshDatabase } from '../harness/fresh-database.ts'
import { runDeliveryProof } from './run-delivery-proof.ts'

test('five workers killed at random lose no event and change none', { timeout: 300_000, retry: 0 }, async ({
  onTestFinished,
}) => {
  const fresh = await freshDatabase()
  onTestFinished(() => fresh.drop())
  const proof = await runDeliveryProof(fresh, { kills: 5, seed: 20_261_130 })
  expect(proof.findings, `seed ${proof.seed}`).toEqual([])
  expect(proof.events).toBeGreaterThan(20)
  expect(proof.owed).toBeGreaterThan(proof.events)
})
