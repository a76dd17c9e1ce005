/**
 * Threat: a secret or somebody's words reach the log through an error that carries its whole surroundings along.
 * Rule: of an error only name, code, message and stack are written, and of its causes the same; never its other fields,
 * where drivers and libraries keep connections, parameters, requests and prompts. Known names of secrets are replaced.
 * On failure: what cannot be serialised is written as its type.
 */
import { type DestinationStream, type Logger, pino } from 'pino'

/** Where secrets could stand in something that is logged whole. Values are replaced, keys stay readable. */
const redacted = ['authorization', 'token', 'secret', 'password', 'api_key', 'key'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

/** An error that was wrapped more often tells nothing new. */
const maxCauses = 5

/** JSON lines on standard error, so that standard output stays for people. */
export function createLogger(
  level: string,
  destination: DestinationStream = pino.destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      redact: { paths: redacted, censor: '[redacted]' },
      base: { pid: process.pid },
      serializers: { err: (error: unknown) => describeError(error, maxCauses) },
    },
    destination,
  )
}

type DescribedError = {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: unknown
}

function describeError(error: unknown, causesLeft: number): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error, message: 'something that is no error was thrown' }
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number')
      ? String(error.code)
      : undefined
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || causesLeft === 0 ? {} : { cause: describeError(error.cause, causesLeft - 1) }),
  }
}
