/** The one reader of the environment. Everything else takes values. */
import { join, resolve } from 'node:path'
import { StartupRefusal } from './kernel/startup-refusal.ts'
import { type KeyServiceSettings, parseKeyServiceSettings } from './platform/crypto/key-service-settings.ts'
import { type MailSender, parseMailSender, parseSmtpUrl, type SmtpAddress } from './platform/email/smtp-address.ts'
import { type ForwardProxy, parseProxyUrl } from './platform/outbound/parse-proxy-url.ts'
import { parseTarget } from './platform/outbound/parse-target.ts'

export type Config = {
  /** Folder of the installation: keyring, logins, embedded database. Mode 0700. */
  readonly homeFolder: string
  /** Where the sealed files of documents lie; every process of the installation needs the same. Mode 0700. */
  readonly objectsFolder: string
  /** undefined starts the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  readonly host: string
  readonly port: number
  /** The origin under which browsers reach us; `self` in an agent's origin list. */
  readonly publicOrigin: string
  readonly trustedProxies: readonly string[]
  /** Installation entries such as `http://127.0.0.1:11434` that open local model servers to the outbound door. */
  readonly outboundAllow: readonly string[]
  /** More names and addresses of this installation than those it listens on, such as what a balancer in front of it has. */
  readonly outboundOwn: readonly string[]
  /** A forward proxy for what leaves the building; undefined connects directly. `HTTPS_PROXY` and the like are not read. */
  readonly outboundProxy: ForwardProxy | undefined
  /** Where mail goes out; undefined where none is configured. */
  readonly mail: { readonly server: SmtpAddress; readonly from: MailSender } | undefined
  /** Where the keys lie that wrap the data keys of credentials. */
  readonly keyService: KeyServiceSettings
  readonly logLevel: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads and checks the settings; a wrong one is a StartupRefusal that names the variable and what to write. */
export function readConfig(options: { environment?: Environment; workingFolder?: string } = {}): Config {
  const environment = options.environment ?? process.env
  const host = text(environment, 'HYPONEMA_HOST') ?? '127.0.0.1'
  const port = readPort(text(environment, 'HYPONEMA_PORT') ?? text(environment, 'PORT'))
  const workingFolder = options.workingFolder ?? process.cwd()
  const homeFolder = resolve(workingFolder, text(environment, 'HYPONEMA_HOME') ?? '.hyponema')
  return {
    homeFolder,
    objectsFolder: resolve(workingFolder, text(environment, 'HYPONEMA_OBJECTS') ?? join(homeFolder, 'objects')),
    databaseUrl: text(environment, 'DATABASE_URL'),
    host,
    port,
    publicOrigin: readOrigin(text(environment, 'HYPONEMA_PUBLIC_ORIGIN')) ?? originOf(host, port),
    trustedProxies: list(text(environment, 'HYPONEMA_TRUSTED_PROXIES')),
    outboundAllow: list(text(environment, 'HYPONEMA_OUTBOUND_ALLOW')),
    outboundOwn: list(text(environment, 'HYPONEMA_OUTBOUND_OWN')).map(readOwnHost),
    outboundProxy: readProxy(text(environment, 'HYPONEMA_OUTBOUND_PROXY')),
    mail: readMail(text(environment, 'HYPONEMA_SMTP_URL'), text(environment, 'HYPONEMA_MAIL_FROM')),
    keyService: readKeyService(environment),
    logLevel: readLogLevel(text(environment, 'HYPONEMA_LOG_LEVEL') ?? 'warn'),
  }
}

function readKeyService(environment: Environment): KeyServiceSettings {
  return parseKeyServiceSettings({
    service: text(environment, 'HYPONEMA_KEY_SERVICE'),
    kmsKeys: text(environment, 'HYPONEMA_KMS_KEYS'),
    kmsRegion: text(environment, 'HYPONEMA_KMS_REGION'),
    kmsEndpoint: text(environment, 'HYPONEMA_KMS_ENDPOINT'),
    awsAccessKeyId: text(environment, 'AWS_ACCESS_KEY_ID'),
    awsSecretAccessKey: text(environment, 'AWS_SECRET_ACCESS_KEY'),
    awsSessionToken: text(environment, 'AWS_SESSION_TOKEN'),
    vaultAddress: text(environment, 'HYPONEMA_VAULT_ADDR'),
    vaultToken: text(environment, 'HYPONEMA_VAULT_TOKEN'),
    vaultTokenFile: text(environment, 'HYPONEMA_VAULT_TOKEN_FILE'),
    vaultTransitKey: text(environment, 'HYPONEMA_VAULT_TRANSIT_KEY'),
    vaultMount: text(environment, 'HYPONEMA_VAULT_MOUNT'),
    vaultNamespace: text(environment, 'HYPONEMA_VAULT_NAMESPACE'),
  })
}

function text(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim()
  return value === undefined || value === '' ? undefined : value
}

function list(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function readPort(value: string | undefined): number {
  if (value === undefined) return 4700
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (port >= 1 && port <= 65_535) return port
  throw new StartupRefusal(
    `HYPONEMA_PORT is "${value}"; write a port between 1 and 65535, for example HYPONEMA_PORT=4700.`,
  )
}

/** The origin under which a browser on this machine reaches what we listen on. */
function originOf(host: string, port: number): string {
  // Everything includes loopback, and nobody can open "any address" as a page.
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}`
  if (URL.canParse(url) && new URL(url).pathname === '/' && !/[/@?#\\\s]/.test(name)) return new URL(url).origin
  throw new StartupRefusal(
    `HYPONEMA_HOST is "${host}"; write the address or name to listen on, for example 127.0.0.1 or ::1.`,
  )
}

function readOrigin(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (URL.canParse(value) && new URL(value).origin === value) return value
  throw new StartupRefusal(
    `HYPONEMA_PUBLIC_ORIGIN is "${value}"; write scheme, host and port only, for example https://talk.example.com.`,
  )
}

/** The URL may hold a password, so what is wrong with it is said without repeating it. */
function readProxy(url: string | undefined): ForwardProxy | undefined {
  if (url === undefined) return undefined
  const proxy = parseProxyUrl(url)
  if (proxy !== undefined) return proxy
  throw new StartupRefusal(
    'HYPONEMA_OUTBOUND_PROXY cannot be read; write http://HOST:PORT, for example http://127.0.0.1:4750, with special characters of user and password percent-encoded.',
  )
}

/** A name or an address as the outbound door compares it with targets. */
function readOwnHost(value: string): string {
  const target = /[#?]/.test(value)
    ? undefined
    : parseTarget(`https://${/^[^[].*:/.test(value) ? `[${value}]` : value}/`)
  if (target?.path === '/') return target.host
  throw new StartupRefusal(
    `HYPONEMA_OUTBOUND_OWN holds "${value}"; write names and addresses, separated by commas, for example talk.example.com, 203.0.113.7.`,
  )
}

/** The URL holds a password, so what is wrong with it is said without repeating it. */
function readMail(url: string | undefined, sender: string | undefined): Config['mail'] {
  if (url === undefined && sender === undefined) return undefined
  const server = parseSmtpUrl(url ?? '')
  if (server === undefined) {
    throw new StartupRefusal(
      'HYPONEMA_SMTP_URL is missing or cannot be read; write smtp://user:password@mail.example.com:587 (STARTTLS) or smtps://user:password@mail.example.com, with special characters percent-encoded.',
    )
  }
  const from = parseMailSender(sender ?? '')
  if (from === undefined) {
    throw new StartupRefusal(
      `HYPONEMA_MAIL_FROM is "${sender ?? ''}"; write whom mails are from, for example Hyponema <mail@example.com>.`,
    )
  }
  return { server, from }
}

function readLogLevel(value: string): string {
  if (['fatal', 'error', 'warn', 'info', 'debug', 'silent'].includes(value)) return value
  throw new StartupRefusal(`HYPONEMA_LOG_LEVEL is "${value}"; write one of fatal, error, warn, info, debug, silent.`)
}
