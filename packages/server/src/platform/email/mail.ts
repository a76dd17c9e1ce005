import type { EmailAddress } from '@hyponema/contract'

/** One message to one person. `to` is one checked address, so nothing of it can end a header or add a recipient. */
export type Mail = {
  readonly to: EmailAddress
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Resolves when the mail server has taken it; rejects with a `MailFailure` otherwise. */
export type SendMail = (mail: Mail) => Promise<void>
