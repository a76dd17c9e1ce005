/**
 * Threat: a sign-in link travels in the clear, to a server that only claims the name, or to an address that somebody added
 * by a line break; a mail server that hangs holds what waits for it.
 * Rule: TLS with a checked certificate, or no mail, unless the server is this machine. One recipient, as the envelope says
 * it. Nothing of a mail is read from a file or an address. Each step has its time and the whole has one.
 * On failure: MailFailure with nodemailer's code; the words of the other side go nowhere.
 */
import { createTransport } from 'nodemailer'
import type { SendMail } from './mail.ts'
import { MailFailure } from './mail-failure.ts'
import type { MailSender, SmtpAddress } from './smtp-address.ts'

/** A server that needs longer for one step is not there; a person waits for the link. */
const defaultTimeouts = { stepMs: 10_000, wholeMs: 30_000 }

export type MailOptions = {
  readonly server: SmtpAddress
  readonly from: MailSender
  readonly timeouts?: { readonly stepMs: number; readonly wholeMs: number }
  /** More authorities than the system's, as PEM. */
  readonly authorities?: string
}

/** A connection of its own for each mail: few are sent, and one that is kept would be found dead by a person. */
export function createSendMail({ server, from, timeouts = defaultTimeouts, authorities }: MailOptions): SendMail {
  const { user, password } = server
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.tls === 'implicit',
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(authorities === undefined ? {} : { ca: authorities }) },
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    connectionTimeout: timeouts.stepMs,
    greetingTimeout: timeouts.stepMs,
    socketTimeout: timeouts.stepMs,
    dnsTimeout: timeouts.stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  })
  return async ({ to, subject, text, html }) => {
    try {
      await transport.sendMail({
        from: { name: from.name, address: from.address },
        to: { name: '', address: to },
        envelope: { from: from.address, to: [to] },
        subject,
        text,
        html,
        // No vacation notice answers a link (RFC 3834).
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.timeout(timeouts.wholeMs),
      })
    } catch (error) {
      throw new MailFailure(codeOf(error), statusOf(error))
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number'
    ? error.responseCode
    : undefined
}
