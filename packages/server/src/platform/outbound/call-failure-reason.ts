import type { AppError } from '../../kernel/app-error.ts'

/** Why a call through the door came to nothing, as tools tell it. */
export type CallFailureReason = 'timeout' | 'too_large' | 'refused_address' | 'budget' | 'network'

const reasons: Readonly<Partial<Record<AppError['code'], CallFailureReason>>> = {
  'outbound.timeout': 'timeout',
  'outbound.too_large': 'too_large',
  'outbound.address_refused': 'refused_address',
  'outbound.budget_exceeded': 'budget',
  'outbound.failed': 'network',
  'server.draining': 'network',
}

/** Undefined for an error that is not of the door. */
export function callFailureReason({ code }: Pick<AppError, 'code'>): CallFailureReason | undefined {
  return reasons[code]
}
