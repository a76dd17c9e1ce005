import type { Clock } from '../kernel/clock.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { awsKmsKeyAdministration } from '../platform/crypto/aws-kms-key-administration.ts'
import { awsKmsKeyService } from '../platform/crypto/aws-kms-key-service.ts'
import { composeKeyAdministrations } from '../platform/crypto/compose-key-administrations.ts'
import { composeKeyServices, type KeyPlace } from '../platform/crypto/compose-key-services.ts'
import type { KeyAdministration } from '../platform/crypto/key-administration.ts'
import { asKeyService, type KeyService } from '../platform/crypto/key-service.ts'
import type { AwsKmsSettings, KeyServiceSettings, VaultSettings } from '../platform/crypto/key-service-settings.ts'
import type { Keyring } from '../platform/crypto/keyring.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { parseKmsKey } from '../platform/crypto/kms-key.ts'
import { readPrivateFile } from '../platform/crypto/read-private-file.ts'
import { Secret } from '../platform/crypto/secret.ts'
import { vaultKeyAdministration } from '../platform/crypto/vault-key-administration.ts'
import { parseVaultKeyId } from '../platform/crypto/vault-key-id.ts'
import { vaultKeyService } from '../platform/crypto/vault-key-service.ts'
import { callOwnService } from '../platform/outbound/call-own-service.ts'

export type CredentialKeys = {
  readonly keys: KeyService<'credentials'>
  /** Of all configured services; undefined where there is none. The keyring file is looked after by its path. */
  readonly administration: KeyAdministration | undefined
  readonly close: () => Promise<void>
}

type OpenPlace = KeyPlace<'credentials'> & Omit<CredentialKeys, 'keys'>

/** The key-encryption keys of credentials, wherever the settings say that they lie. Nothing is asked yet. */
export function openCredentialKeys(options: {
  readonly settings: KeyServiceSettings
  readonly keyring: Keyring
  readonly clock: Clock
}): CredentialKeys {
  const { settings, keyring, clock } = options
  const places = {
    keyring: ofKeyring(keyring),
    'aws-kms': settings.awsKms === undefined ? undefined : ofAwsKms(settings.awsKms, clock),
    vault: settings.vault === undefined ? undefined : ofVault(settings.vault),
  }
  const wrapping = places[settings.wrapsWith]
  if (wrapping === undefined) throw new RangeError(`${settings.wrapsWith} wraps and is not configured`)
  const all = Object.values(places).filter((place) => place !== undefined)
  return {
    keys: composeKeyServices(
      wrapping,
      all.filter((place) => place !== wrapping),
    ),
    administration: administrationOf(all, wrapping),
    close: async () => {
      await Promise.all(all.map((place) => place.close()))
    },
  }
}

function administrationOf(all: readonly OpenPlace[], wrapping: OpenPlace): KeyAdministration | undefined {
  const places = all.flatMap(({ owns, administration }, place) =>
    administration === undefined ? [] : [{ owns, administration, wraps: all[place] === wrapping }],
  )
  return places.length === 0 ? undefined : composeKeyAdministrations(places)
}

function ofKeyring(keyring: Keyring): OpenPlace {
  return {
    owns: (id) => /^credentials-\d+$/.test(id),
    keys: asKeyService(keyringKeyService(keyring, 'credentials')),
    administration: undefined,
    close: () => Promise.resolve(),
  }
}

function ofAwsKms(settings: AwsKmsSettings, clock: Clock): OpenPlace {
  const { keys, endpoint, region, accessKeyId, secretAccessKey, sessionToken } = settings
  const { call, close } = callOwnService(endpoint)
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  return {
    owns: (id) => parseKmsKey(id) !== undefined,
    keys: awsKmsKeyService('credentials', keys, { region, host: endpoint.host, credentials, call, clock }),
    administration: awsKmsKeyAdministration(keys),
    close,
  }
}

function ofVault({ endpoint, mount, namespace, transitKeys, token }: VaultSettings): OpenPlace {
  const { call, close } = callOwnService(endpoint)
  const access = { mount, namespace, readToken: () => readToken(token), call }
  return {
    owns: (id) => parseVaultKeyId(id) !== undefined,
    keys: vaultKeyService('credentials', transitKeys, access),
    administration: vaultKeyAdministration(transitKeys[0], access),
    close,
  }
}

async function readToken(token: VaultSettings['token']): Promise<Secret> {
  if (token.kind === 'value') return token.secret.use((bytes) => new Secret(bytes))
  const text = (await readPrivateFile(token.path))?.trim()
  if (text === undefined || !/^[\x21-\x7e]{1,8192}$/.test(text))
    throw new StartupRefusal(
      `${token.path} holds no token; HYPONEMA_VAULT_TOKEN_FILE names the file that Vault Agent writes.`,
    )
  const bytes = Buffer.from(text, 'latin1')
  try {
    return new Secret(bytes)
  } finally {
    bytes.fill(0)
  }
}
