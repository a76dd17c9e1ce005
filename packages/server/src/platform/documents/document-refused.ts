import type { RefusalReason } from './refusal-reasons.ts'

/** Thrown where a document is read, in the process of its own; outside of it, it becomes an `AppError` (`documentRefusal`). */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, options: { cause?: unknown } = {}) {
    super(reason, options)
    this.reason = reason
  }
}
