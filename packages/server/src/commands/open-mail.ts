import type { Config } from '../config.ts'
import type { SendMail } from '../platform/email/mail.ts'
import { createSendMail } from '../platform/email/send-mail.ts'

/**
 * How this installation sends mail: through the configured server; in the embedded default without one onto the terminal,
 * where its only operator sits, and not into the log; undefined otherwise.
 */
export function openMail(options: {
  readonly config: Pick<Config, 'mail'>
  readonly isEmbedded: boolean
  readonly print: (text: string) => void
}): SendMail | undefined {
  const { mail } = options.config
  if (mail !== undefined) return createSendMail(mail)
  if (!options.isEmbedded) return undefined
  return async ({ to, subject, text }) => {
    options.print(
      `\nMail to ${to} (printed, because HYPONEMA_SMTP_URL is not set): ${subject}\n\n${text.trimEnd()}\n\n`,
    )
  }
}
