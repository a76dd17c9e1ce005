import { type ErrorCode, errorCatalogue } from '@hyponema/contract'
import { expect, test } from 'vitest'
import { AppError } from '../../../kernel/app-error.ts'
import { closeCodeOf } from './close-code-of.ts'

test.each<[ErrorCode, number]>([
  ['session.token_invalid', 4001],
  ['session.owned_elsewhere', 4001],
  ['session.origin_refused', 4003],
  ['session.not_live', 4404],
  ['request.not_found', 4404],
  ['session.live_limit', 4429],
  ['workspace.day_limit', 4429],
  ['session.turn_limit', 4429],
  ['request.rate_limited', 4429],
  ['session.modality_unavailable', 4500],
  ['credential.missing', 4500],
  ['credential.address_mismatch', 4500],
  ['policy.does_not_compile', 4500],
  ['server.draining', 1001],
  ['server.database_unavailable', 1011],
])('%s closes with %i and its own code as the reason, without the detail', (code, closeCode) => {
  expect(closeCodeOf(new AppError(code, 'a detail for operators'))).toEqual({ code: closeCode, reason: code })
})

test('what is no error of ours says nothing of itself', () => {
  expect(closeCodeOf(new Error('connect ECONNREFUSED 10.0.0.1'))).toEqual({ code: 1011, reason: 'server.internal' })
  expect(closeCodeOf(undefined)).toEqual({ code: 1011, reason: 'server.internal' })
})

test('every code of the catalogue fits into a close frame', () => {
  for (const code of Object.keys(errorCatalogue)) expect(Buffer.byteLength(code)).toBeLessThanOrEqual(123)
})
