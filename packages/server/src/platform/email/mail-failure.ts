/** Why a mail was not taken. The other side's words stay out of it: they repeat addresses, and this goes to the log. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure'
  /** Of nodemailer (`EAUTH`, `ETLS`, `ESOCKET`, ...), or `unknown`. */
  readonly code: string

  constructor(code: string, smtpStatus: number | undefined) {
    super(
      smtpStatus === undefined ? 'a mail was not taken' : `a mail was not taken; the mail server said ${smtpStatus}`,
    )
    this.code = code
  }
}
