/**
 * Threat: a page of another site, or on another port of this machine, makes a browser sign in or out, or begin something
 * here, with what the browser has of us.
 * Rule: routes that no credential protects but what a browser sends by itself are for the pages of this installation: the
 * Origin is its own. A missing one is another one, because browsers send it with every POST.
 * On failure: the code that the route's noun has for it; nothing is looked up.
 */
import type { ErrorCode } from '@hyponema/contract'
import { AppError } from '../kernel/app-error.ts'

export function requireOwnOrigin(options: {
  readonly origin: string | undefined
  readonly publicOrigin: string
  readonly code: Extract<ErrorCode, `${string}.origin_refused`>
}): void {
  const { origin, publicOrigin, code } = options
  if (origin !== publicOrigin) throw new AppError(code, `origin ${origin ?? '(none)'} is not ours`)
}
