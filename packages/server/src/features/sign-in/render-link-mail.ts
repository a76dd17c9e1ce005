import type { EmailAddress } from '@hyponema/contract'
import { linkMail } from '../../platform/email/link-mail.ts'
import type { Mail } from '../../platform/email/mail.ts'

/** The mail with a sign-in link. Nothing in it was chosen by anybody but us, so it cannot be made to say something else. */
export function renderLinkMail({ to, link }: { readonly to: EmailAddress; readonly link: string }): Mail {
  const opening = 'Open this link and press the button on the page. It signs you in once, within 10 minutes.'
  const aboutCode =
    'If the page shows a code, type it where you asked to sign in. Nobody from us will ask you for that code.'
  const otherwise = 'If you did not ask to sign in, do nothing: the link signs nobody in by itself.'
  return linkMail({
    to,
    subject: 'Your sign-in link for Hyponema',
    before: opening,
    link,
    after: [aboutCode, otherwise],
  })
}
