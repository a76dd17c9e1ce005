/**
 * Threat: a form is a small language: parts without end keep the process busy, and two files under one name are read as two
 * things by two readers.
 * Rule: the body is the file itself, or a form with exactly one part, which is a file. Nothing of a form is believed but where its
 * one part begins and ends, its media type, and its file's name where the request gives none.
 * On failure: request.malformed, or request.invalid with what to send.
 */
import { AppError } from '../../kernel/app-error.ts'

export type Upload = {
  readonly bytes: Uint8Array
  readonly declaredType: string | undefined
  /** What a form calls its file; undefined where the body is the file. */
  readonly fileName: string | undefined
}

/** Headers of one part: a name and a type. */
const maxPartHeaderBytes = 4_096

export function readUpload(body: Uint8Array, contentType: string | undefined): Upload {
  const isForm = /^multipart\/form-data\s*(;|$)/i.test(contentType?.trim() ?? '')
  return isForm
    ? readForm(Buffer.from(body.buffer, body.byteOffset, body.byteLength), contentType ?? '')
    : { bytes: body, declaredType: contentType, fileName: undefined }
}

function readForm(body: Buffer, contentType: string): Upload {
  // RFC 2046: at most 70 characters of this set.
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined || !/^[0-9A-Za-z'()+_,./:=? -]+$/.test(boundary)) throw malformed('no boundary')
  const opening = `--${boundary}\r\n`
  const headersEnd = body.subarray(0, maxPartHeaderBytes).indexOf('\r\n\r\n')
  if (body.toString('latin1', 0, opening.length) !== opening || headersEnd < 0) throw malformed('no first part')
  const headers = body.toString('utf8', opening.length, headersEnd)
  const begin = headersEnd + 4
  const closing = `\r\n--${boundary}`
  const end = body.indexOf(closing, begin, 'latin1')
  if (end < 0) throw malformed('no end')
  const rest = body.toString('latin1', end + closing.length, end + closing.length + 4)
  const fileName = /^content-disposition:[^\r\n]*;\s*filename="([^"\r\n]*)"/im.exec(headers)?.[1]
  if (fileName === undefined || !/^--(\r\n)?$/.test(rest) || body.byteLength > end + closing.length + 4) {
    const detail = 'expected a form with exactly one file; name and language stand in the query'
    throw new AppError('request.invalid', 'a form of another shape', { errors: [{ pointer: '', detail }] })
  }
  return {
    bytes: body.subarray(begin, end),
    declaredType: /^content-type:[ \t]*([^\r\n]+)/im.exec(headers)?.[1],
    // As browsers write what would end the name (WHATWG HTML, multipart form data).
    fileName: fileName.replaceAll('%22', '"').replaceAll(/%0[dDaA]/g, ' '),
  }
}

function malformed(what: string): AppError {
  return new AppError('request.malformed', `a form with ${what}`)
}
