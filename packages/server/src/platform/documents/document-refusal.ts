import { AppError } from '../../kernel/app-error.ts'
import { type RefusalReason, refusalReasons } from './refusal-reasons.ts'

/** The error of a document that is not read. Its `detail` is in our words only, so it may be stored and shown. */
export function documentRefusal(reason: RefusalReason, options: { cause?: unknown } = {}): AppError {
  const [code, detail] = refusalReasons[reason]
  return new AppError(code, detail, options)
}
