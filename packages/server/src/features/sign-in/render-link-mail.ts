import type { EmailAddress } from '@hyponema/contract'
import type { Mail } from '../../platform/email/mail.ts'

/** The mail with a sign-in link. Nothing in it was chosen by anybody but us, so it cannot be made to say something else. */
export function renderLinkMail({ to, link }: { readonly to: EmailAddress; readonly link: string }): Mail {
  const opening = 'Open this link and press the button on the page. It signs you in once, within 10 minutes.'
  const aboutCode =
    'If the page shows a code, type it where you asked to sign in. Nobody from us will ask you for that code.'
  const otherwise = 'If you did not ask to sign in, do nothing: the link signs nobody in by itself.'
  const address = link.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return {
    to,
    subject: 'Your sign-in link for Hyponema',
    text: [opening, link, aboutCode, otherwise, ''].join('\n\n'),
    html: [
      '<!doctype html>',
      '<html lang="en"><body style="font-family:sans-serif;font-size:16px;line-height:1.5">',
      `<p>${opening}</p>`,
      `<p><a href="${address}">${address}</a></p>`,
      `<p>${aboutCode}</p>`,
      `<p>${otherwise}</p>`,
      '</body></html>',
      '',
    ].join('\n'),
  }
}
