/**
 * Threat: the other side answers endlessly, compressed into nothing, or redirects us to where we would not go.
 * Rule: a byte cap on the body, no content coding, no transfer coding but chunks, no redirect followed, few headers passed on. The body streams with back pressure.
 * On failure: outbound.too_large or outbound.failed, and the connection is cut.
 */
import type { Dispatcher } from 'undici'
import { AppError } from '../../kernel/app-error.ts'
import { outboundFailure } from './outbound-failure.ts'
import { responseHeaders } from './outbound-headers.ts'

/** Makes a web Response of an answer. `finished` is called when the body has been read, dropped or cut, at times twice. */
export function limitedResponse(
  answer: Dispatcher.ResponseData,
  options: {
    readonly what: string
    readonly maxBytes: number
    readonly signal: AbortSignal
    readonly finished: () => void
  },
): Response {
  const { body } = answer
  // A cut body reports its error to the reader; where nobody reads, it must not end the process.
  body.on('error', () => undefined)
  body.once('close', options.finished)
  const refusal = refuseAnswer(answer, options)
  if (refusal !== undefined) {
    body.destroy()
    throw refusal
  }
  const empty = answer.statusCode === 204 || answer.statusCode === 205 || answer.statusCode === 304
  if (empty) body.destroy()
  return new Response(empty ? null : limitedStream(body, options), {
    status: answer.statusCode,
    headers: responseHeaders(answer.headers),
  })
}

function refuseAnswer(
  answer: Dispatcher.ResponseData,
  options: { what: string; maxBytes: number },
): AppError | undefined {
  const coding = String(answer.headers['content-encoding'] ?? 'identity').toLowerCase()
  if (coding !== 'identity') return new AppError('outbound.failed', `${options.what} answered with ${codingOf(coding)}`)
  // Anything but plain chunks would be framed by the end of the connection, or coded.
  const framing = String(answer.headers['transfer-encoding'] ?? 'chunked').toLowerCase()
  if (framing !== 'chunked')
    return new AppError('outbound.failed', `${options.what} answered with a transfer coding that is not read`)
  if (Number(answer.headers['content-length'] ?? 0) > options.maxBytes) return tooLarge(options)
  // The Response class takes these only; others are no HTTP answers.
  if (answer.statusCode >= 200 && answer.statusCode <= 599) return undefined
  return new AppError('outbound.failed', `${options.what} answered with status ${answer.statusCode}`)
}

/** Any other one would be words of the other side, in logs and traces. */
function codingOf(coding: string): string {
  return ['gzip', 'br', 'deflate', 'zstd', 'compress'].includes(coding)
    ? `content coding ${coding}`
    : 'a content coding that is not read'
}

function limitedStream(
  body: Dispatcher.ResponseData['body'],
  options: {
    readonly what: string
    readonly maxBytes: number
    readonly signal: AbortSignal
    readonly finished: () => void
  },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks: AsyncIterator<unknown> = body.iterator()
  let receivedBytes = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        try {
          const next = await chunks.next()
          if (next.done === true) {
            options.finished()
            return controller.close()
          }
          if (!Buffer.isBuffer(next.value)) throw new TypeError('the body is not made of bytes')
          receivedBytes += next.value.byteLength
          if (receivedBytes > options.maxBytes) throw tooLarge(options)
          controller.enqueue(new Uint8Array(next.value))
        } catch (cause) {
          const failure = outboundFailure(cause, options.what, options.signal)
          body.destroy()
          options.finished()
          controller.error(failure)
        }
      },
      cancel: () => {
        body.destroy()
        options.finished()
      },
    },
    { highWaterMark: 0 },
  )
}

function tooLarge(options: { what: string; maxBytes: number }): AppError {
  return new AppError('outbound.too_large', `${options.what} answered more than ${options.maxBytes} bytes`)
}
