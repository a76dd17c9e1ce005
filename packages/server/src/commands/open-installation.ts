import type { Config } from '../config.ts'
import type { Clock } from '../kernel/clock.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { EvidenceSigner } from '../platform/crypto/evidence-signer.ts'
import { followKeyring } from '../platform/crypto/follow-keyring.ts'
import type { KeyAdministration } from '../platform/crypto/key-administration.ts'
import type { KeyService } from '../platform/crypto/key-service.ts'
import { type Keyring, loadOrCreateKeyring } from '../platform/crypto/keyring.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { loadEvidenceSigner } from '../platform/crypto/load-evidence-signer.ts'
import { readPrivateFile } from '../platform/crypto/read-private-file.ts'
import { loadOrCreateSigningKeys, type SigningKeys } from '../platform/crypto/signing-keys.ts'
import { createFolderLogStore } from '../platform/objects/folder-log-store.ts'
import { createFolderObjectStore } from '../platform/objects/folder-object-store.ts'
import type { LogStore } from '../platform/objects/log-store.ts'
import type { ObjectStore } from '../platform/objects/object-store.ts'
import { ownCommand } from '../platform/own-command.ts'
import { type Database, openDatabase } from '../platform/postgres/database.ts'
import type { DatabaseAddress } from '../platform/postgres/database-address.ts'
import { type Logins, readLogins } from '../platform/postgres/logins.ts'
import { installationFiles } from './installation-files.ts'
import { openCredentialKeys } from './open-credential-keys.ts'

export type Installation = {
  readonly database: Database
  /** For connections that carry no scope: the job runner's and the listener's. */
  readonly logins: Logins
  /** Follows its file: a rotation on the host needs no restart. */
  readonly keyring: Keyring
  readonly signingKeys: SigningKeys
  /** Signs what the installation hands out as proof. */
  readonly evidence: EvidenceSigner
  /** Where the key-encryption keys of credentials lie: the keyring file, or the service that is configured. */
  readonly credentialKeys: KeyService<'credentials'>
  /** Of all configured services; undefined where there is none. The keyring file is looked after by its path. */
  readonly keyAdministration: KeyAdministration | undefined
  /** Sealed files of documents. */
  readonly objects: ObjectStore
  /** Tiles and checkpoints of audit logs, in the same folder. */
  readonly logs: LogStore
  /** Wipes the keys of this process and ends what it has open to key services. */
  readonly closeKeys: () => Promise<void>
}

/** Opens keys and database doors. Nothing is migrated here and no administrator's file is read. */
export async function openInstallation(options: {
  config: Config
  clock: Clock
  address: DatabaseAddress
  onLost?: (error: Error) => void
  /** Hears of a keyring or signing keys that were changed and cannot be used; those that were known go on. */
  onKeysUnreadable?: (error: unknown) => void
}): Promise<Installation> {
  const files = installationFiles(options.config.homeFolder)
  await refuseLostKeyring(files)
  const made = await loadOrCreateKeyring(files.keyring, options)
  made.destroy()
  const following = {
    clock: options.clock,
    ...(options.onKeysUnreadable === undefined ? {} : { onUnreadable: options.onKeysUnreadable }),
  }
  const keyring = followKeyring(files.keyring, following)
  const signingKeys = await loadOrCreateSigningKeys(files.signingKeys, {
    ...following,
    keys: keyringKeyService(keyring, 'signing'),
  })
  const evidence = await loadEvidenceSigner(files.evidenceKeys, {
    keys: keyringKeyService(keyring, 'signing'),
    clock: options.clock,
  })
  const { keys, administration, close } = openCredentialKeys({
    settings: options.config.keyService,
    keyring,
    clock: options.clock,
  })
  const logins = await readLogins(files.logins)
  const database = openDatabase({
    address: options.address,
    logins,
    ...(options.onLost === undefined ? {} : { onLost: options.onLost }),
  })
  return {
    database,
    logins,
    keyring,
    signingKeys,
    evidence,
    credentialKeys: keys,
    keyAdministration: administration,
    objects: createFolderObjectStore(options.config.objectsFolder),
    logs: createFolderLogStore(options.config.objectsFolder),
    closeKeys: async () => {
      await close()
      keyring.destroy()
    },
  }
}

/** A new keyring beside old data would look like a start and be the loss of everything sealed. */
async function refuseLostKeyring(files: ReturnType<typeof installationFiles>): Promise<void> {
  const [keyring, signingKeys] = await Promise.all([readPrivateFile(files.keyring), readPrivateFile(files.signingKeys)])
  if (keyring !== undefined || signingKeys === undefined) return
  throw new StartupRefusal(
    `${files.keyring} is missing, and nothing that this installation has sealed opens without it: put it back from your copy, or move the whole folder away to begin anew.`,
  )
}

export function needsRunningServer(): StartupRefusal {
  return new StartupRefusal(
    `The embedded database is not running; start it with \`${ownCommand('start')}\` in another terminal and run this command again.`,
  )
}
