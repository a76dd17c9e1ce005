import { type PolicyDocument, policyDocumentSchema } from '@hyponema/contract'
import { parsePolicy } from '@hyponema/policy'
import { AppError } from '../../kernel/app-error.ts'

/** The document of a request, which came as it is or as text; undefined where neither came. Throws request.invalid. */
export function readDocument(body: {
  readonly document?: PolicyDocument | undefined
  readonly text?: string | undefined
}): PolicyDocument | undefined {
  if (body.text === undefined) return body.document
  const parsed = parsePolicy(body.text)
  if (parsed.ok) return parsed.document
  throw new AppError('request.invalid', 'the text is no policy document', {
    errors: parsed.diagnostics.map(({ pointer, line, column, message, fix }) => ({
      pointer: `/text${pointer}`,
      detail: `${line === undefined ? '' : `line ${line}, column ${column ?? 1}: `}${message}; ${fix}`,
    })),
  })
}

/** What a policy has before somebody writes one. */
export const emptyDocument: PolicyDocument = policyDocumentSchema.parse({})
