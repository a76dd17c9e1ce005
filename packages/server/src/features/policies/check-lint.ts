import type { PolicyDocument } from '@hyponema/contract'
import { lintDocument } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'
import { isKnownZone } from '../../platform/time/read-zone-transitions.ts'

/** Throws policy.does_not_compile for what the lint calls an error; warnings pass. `below` is where the document stands. */
export function checkLint(document: PolicyDocument, below: string): void {
  const errors = lintDocument(document, { isKnownZone }).filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  throw new AppError('policy.does_not_compile', 'policy refused by its lint', {
    errors: errors.map(({ pointer, message, fix }) => ({
      pointer: `${below}${pointer}`,
      detail: `${message}; ${fix}`,
    })),
  })
}
