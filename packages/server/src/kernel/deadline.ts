import type { ErrorCode } from '@hyponema/contract'
import { AppError } from './app-error.ts'

/** A signal that aborts with an `AppError(code)` after `timeoutMs`, or with the parent's reason when that aborts first. */
export function deadline(options: { timeoutMs: number; code: ErrorCode; what: string; parent?: AbortSignal }): {
  readonly signal: AbortSignal
  readonly clear: () => void
} {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(new AppError(options.code, `${options.what} took longer than ${options.timeoutMs} ms`))
  }, options.timeoutMs)
  const { parent } = options
  const follow = (): void => controller.abort(parent?.reason)
  if (parent?.aborted === true) follow()
  else parent?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer)
      parent?.removeEventListener('abort', follow)
    },
  }
}
