import { parseEmail } from '@hyponema/contract'

/** Where mail is handed over. From an `smtp:` or `smtps:` URL of the operator. */
export type SmtpAddress = {
  readonly host: string
  readonly port: number
  /** `implicit` from the first byte (smtps), `starttls` and nothing without it, `none` on this machine only. */
  readonly tls: 'implicit' | 'starttls' | 'none'
  readonly user: string | undefined
  readonly password: string | undefined
}

/** Who a mail says it is from. */
export type MailSender = { readonly name: string; readonly address: string }

/** Reads `smtp://user:pass@host:587` or `smtps://...`; undefined when it is none. User and password are percent-decoded. */
export function parseSmtpUrl(text: string): SmtpAddress | undefined {
  if (!/^smtps?:\/\//.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const isBare = ['', '/'].includes(url.pathname) && url.search === '' && url.hash === ''
  const [user, password] = [decode(url.username), decode(url.password)]
  if (host === '' || !isBare || user === undefined || password === undefined) return undefined
  // Half of a login is a mistake, and would be sent as a login with an empty password.
  if ((user === '') !== (password === '')) return undefined
  const implicit = url.protocol === 'smtps:'
  return {
    host,
    port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
    tls: implicit ? 'implicit' : ['localhost', '127.0.0.1', '::1'].includes(host) ? 'none' : 'starttls',
    user: user === '' ? undefined : user,
    password: password === '' ? undefined : password,
  }
}

/** Reads `mail@example.com` or `Hyponema <mail@example.com>`; undefined when it is none. */
export function parseMailSender(text: string): MailSender | undefined {
  const [, name = '', bracketed] = /^([\p{L}\p{N} .'-]{0,80}?) *<([^<>]+)>$/u.exec(text) ?? []
  const address = parseEmail(bracketed ?? text)
  return address === undefined ? undefined : { name: name.trim(), address }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
