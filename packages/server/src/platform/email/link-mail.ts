import type { EmailAddress } from '@hyponema/contract'
import type { Mail } from './mail.ts'

/**
 * A mail around one link, as text and as HTML. Its sentences are our own and stand in it as they are; nothing in it may be
 * chosen by anybody else, so that a mail from us cannot be made to say something that we did not write.
 */
export function linkMail(mail: {
  readonly to: EmailAddress
  readonly subject: string
  readonly before: string
  readonly link: string
  readonly after: readonly string[]
}): Mail {
  const { to, subject, before, link, after } = mail
  const address = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return {
    to,
    subject,
    text: [before, link, ...after, ''].join('\n\n'),
    html: [
      '<!doctype html>',
      '<html lang="en"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">',
      `<p>${before}</p>`,
      `<p><a href="${address}">${address}</a></p>`,
      ...after.map((sentence) => `<p>${sentence}</p>`),
      '</body></html>',
      '',
    ].join('\n'),
  }
}
