import { parseEmail } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { parseMailSender, parseSmtpUrl } from '../platform/email/smtp-address.ts'
import { openMail } from './open-mail.ts'

describe('how mail goes out', () => {
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const open = (mail: Parameters<typeof openMail>[0]['config']['mail'], isEmbedded: boolean) =>
    openMail({ config: { mail }, isEmbedded, print })

  test('onto the terminal in the embedded default without a mail server, link and recipient included', async () => {
    const to = parseEmail('ada@example.com')
    if (to === undefined) throw new Error('no address')
    await open(undefined, true)?.({ to, subject: 'Hi', text: 'http://127.0.0.1:4700/auth/link#abc\n', html: '' })
    expect(printed.splice(0).join('')).toMatch(
      /Mail to ada@example\.com .*\n\nhttp:\/\/127\.0\.0\.1:4700\/auth\/link#abc\n/,
    )
  })

  test('not at all with a database of one’s own and no mail server', () => {
    expect(open(undefined, false)).toBeUndefined()
  })

  test('through the mail server wherever there is one, and then not onto the terminal', async () => {
    const [server, from, to] = [
      parseSmtpUrl('smtp://localhost:1'),
      parseMailSender('mail@example.com'),
      parseEmail('a@b.example'),
    ]
    if (server === undefined || from === undefined || to === undefined) throw new Error('no address')
    const sendMail = open({ server, from }, true)
    await expect(sendMail?.({ to, subject: 'Hi', text: 'x', html: '' })).rejects.toMatchObject({ name: 'MailFailure' })
    expect(printed).toEqual([])
  })
})
