/**
 * Which service wraps the data keys of credentials, and how each configured one is reached. A service may be configured and not
 * wrap: then it unwraps what it wrapped before.
 */
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { type KmsKey, parseKmsKey } from './kms-key.ts'
import { Secret } from './secret.ts'

export type AwsKmsSettings = {
  readonly keys: readonly [KmsKey, ...KmsKey[]]
  readonly region: string
  readonly endpoint: URL
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret | undefined
}

export type VaultSettings = {
  readonly endpoint: URL
  readonly mount: string
  readonly namespace: string | undefined
  readonly transitKeys: readonly [string, ...string[]]
  readonly token: { readonly kind: 'value'; readonly secret: Secret } | { readonly kind: 'file'; readonly path: string }
}

export type KeyServiceSettings = {
  readonly wrapsWith: 'keyring' | 'aws-kms' | 'vault'
  readonly awsKms: AwsKmsSettings | undefined
  readonly vault: VaultSettings | undefined
}

/** The texts of the settings as `config.ts` reads them; undefined for one that is not set or empty. */
export type KeyServiceTexts = Readonly<
  Record<
    | 'service'
    | 'kmsKeys'
    | 'kmsRegion'
    | 'kmsEndpoint'
    | 'awsAccessKeyId'
    | 'awsSecretAccessKey'
    | 'awsSessionToken'
    | 'vaultAddress'
    | 'vaultToken'
    | 'vaultTokenFile'
    | 'vaultTransitKey'
    | 'vaultMount'
    | 'vaultNamespace',
    string | undefined
  >
>

/** A wrong setting is a StartupRefusal that names the variable and never repeats a secret. */
export function parseKeyServiceSettings(texts: KeyServiceTexts): KeyServiceSettings {
  const wrapsWith = readChoice(texts.service ?? 'keyring')
  return {
    wrapsWith,
    awsKms: wrapsWith === 'aws-kms' || texts.kmsKeys !== undefined ? readAwsKms(texts) : undefined,
    vault: wrapsWith === 'vault' || texts.vaultAddress !== undefined ? readVault(texts) : undefined,
  }
}

function readChoice(value: string): KeyServiceSettings['wrapsWith'] {
  if (value === 'keyring' || value === 'aws-kms' || value === 'vault') return value
  throw new StartupRefusal(`HYPONEMA_KEY_SERVICE is "${value}"; write keyring, aws-kms or vault.`)
}

function readAwsKms(texts: KeyServiceTexts): AwsKmsSettings {
  const [first, ...rest] = list(texts.kmsKeys).map(readKmsKey)
  if (first === undefined)
    throw new StartupRefusal(
      'HYPONEMA_KMS_KEYS is missing; write the ARN of the key that wraps, for example arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab, and after it, separated by commas, those that only unwrap.',
    )
  const keys = [first, ...rest] as const
  if (new Set(keys.map(({ id }) => id)).size !== keys.length)
    throw new StartupRefusal('HYPONEMA_KMS_KEYS names the same key twice; write each once, the one that wraps first.')
  const region = texts.kmsRegion ?? first.region
  if (region === undefined || !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region))
    throw new StartupRefusal('HYPONEMA_KMS_REGION is missing or unreadable; write for example eu-central-1.')
  const elsewhere = keys.find((key) => key.region !== undefined && key.region !== region)
  if (elsewhere !== undefined)
    throw new StartupRefusal(
      `HYPONEMA_KMS_KEYS names ${elsewhere.name}, which is not of the region ${region}; one region serves all keys.`,
    )
  const accessKeyId = texts.awsAccessKeyId
  if (accessKeyId === undefined || !/^[A-Za-z0-9_]{4,128}$/.test(accessKeyId))
    throw new StartupRefusal(
      'AWS_ACCESS_KEY_ID is missing or unreadable; HYPONEMA_KMS_KEYS needs an access key that may use them.',
    )
  return {
    keys,
    region,
    endpoint: readEndpoint(
      'HYPONEMA_KMS_ENDPOINT',
      texts.kmsEndpoint ?? `https://kms.${region}.${region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
    ),
    accessKeyId,
    secretAccessKey: readSecret('AWS_SECRET_ACCESS_KEY', texts.awsSecretAccessKey),
    sessionToken:
      texts.awsSessionToken === undefined ? undefined : readSecret('AWS_SESSION_TOKEN', texts.awsSessionToken),
  }
}

function readKmsKey(text: string): KmsKey {
  const key = parseKmsKey(text)
  if (key !== undefined) return key
  throw new StartupRefusal(
    `HYPONEMA_KMS_KEYS holds "${text}"; write ids or ARNs of keys. An alias is refused: it can be pointed at another key, and then nothing opens.`,
  )
}

function readVault(texts: KeyServiceTexts): VaultSettings {
  const endpoint = readEndpoint('HYPONEMA_VAULT_ADDR', texts.vaultAddress)
  const [first, ...rest] = list(texts.vaultTransitKey)
  if (
    first === undefined ||
    [first, ...rest].some((name) => !/^[A-Za-z0-9_.-]{1,64}$/.test(name) || /^\.+$/.test(name))
  )
    throw new StartupRefusal(
      'HYPONEMA_VAULT_TRANSIT_KEY is missing or unreadable; write the name of the transit key that wraps, and after it, separated by commas, names that only unwrap.',
    )
  return {
    endpoint,
    mount: readPath('HYPONEMA_VAULT_MOUNT', texts.vaultMount ?? 'transit'),
    namespace:
      texts.vaultNamespace === undefined ? undefined : readPath('HYPONEMA_VAULT_NAMESPACE', texts.vaultNamespace),
    transitKeys: [first, ...rest],
    token: readToken(texts),
  }
}

function readToken(texts: KeyServiceTexts): VaultSettings['token'] {
  const path = texts.vaultTokenFile
  const value = texts.vaultToken
  if (path !== undefined && value === undefined) return { kind: 'file', path }
  if (path === undefined && value !== undefined)
    return { kind: 'value', secret: readSecret('HYPONEMA_VAULT_TOKEN', value) }
  throw new StartupRefusal(
    'Vault needs one of HYPONEMA_VAULT_TOKEN_FILE, a file of mode 0600 that Vault Agent may replace, and HYPONEMA_VAULT_TOKEN.',
  )
}

function readSecret(name: string, value: string | undefined): Secret {
  if (value === undefined || !/^[\x21-\x7e]{1,8192}$/.test(value))
    throw new StartupRefusal(`${name} is missing or holds characters that no header may hold.`)
  const bytes = Buffer.from(value, 'latin1')
  const secret = new Secret(bytes)
  bytes.fill(0)
  return secret
}

/** Without TLS only to this machine, where an agent or a test server listens: keys and token travel there. */
function readEndpoint(name: string, value: string | undefined): URL {
  const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined
  const isPlain = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url !== undefined && (url.protocol === 'https:' || isPlain) && `${url.origin}/` === url.href) return url
  throw new StartupRefusal(
    `${name} is missing or unreadable; write scheme, host and port only, for example https://vault.internal:8200. http:// is for this machine only.`,
  )
}

function readPath(name: string, value: string): string {
  const path = value.replaceAll(/^\/|\/$/g, '')
  if (/^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/.test(path) && path.length <= 200) return path
  throw new StartupRefusal(`${name} is unreadable; write letters, digits, dots, dashes and slashes.`)
}

function list(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
