import { type Logger, pino } from 'pino'

/** Where secrets could stand in something that is logged whole. Values are replaced, keys stay readable. */
const redacted = [
  'authorization',
  '*.authorization',
  'headers.authorization',
  'err.headers',
  'token',
  '*.token',
  'secret',
  '*.secret',
  'password',
  '*.password',
  'api_key',
  '*.api_key',
  'err.cause.parameters',
  'err.parameters',
]

/** JSON lines on standard error, so that standard output stays for people. */
export function createLogger(level: string): Logger {
  return pino({ level, redact: { paths: redacted, censor: '[redacted]' }, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: true }))
}
