import type { PolicyDocument } from '@hyponema/contract'
import { lintDocument, type PolicyLint } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'
import { isKnownZone } from '../../platform/time/read-zone-transitions.ts'

/** Throws policy.does_not_compile for what the lint calls an error; warnings pass. `below` is where the document stands. */
export function checkLint(document: PolicyDocument, below: string): void {
  refuseLint(lintDocument(document, { isKnownZone }), below)
}

/** The same for what was found before. */
export function refuseLint(found: readonly PolicyLint[], below: string): void {
  const errors = found.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  throw new AppError('policy.does_not_compile', 'policy refused by its lint', {
    errors: errors.map(({ pointer, message, fix }) => ({
      pointer: `${below}${pointer}`,
      detail: `${message}; ${fix}`,
    })),
  })
}
