import type { Config } from '../config.ts'
import type { KeyPurpose } from '../platform/crypto/keyring.ts'
import { installationFiles } from './installation-files.ts'
import { type KeyHolder, keyringHolder, serviceHolder } from './key-holder.ts'
import type { Host } from './on-host.ts'

/** Who holds the keys of which purpose in this installation. */
export function keyHolders(config: Config, { clock, installation }: Host): Readonly<Record<KeyPurpose, KeyHolder>> {
  const { keyring } = installationFiles(config.homeFolder)
  const ofKeyring = (purpose: KeyPurpose): KeyHolder => keyringHolder(keyring, { purpose, clock })
  const { keyAdministration: service } = installation
  const credentials = ofKeyring('credentials')
  return {
    credentials: service === undefined ? credentials : serviceHolder(service, credentials),
    epoch: ofKeyring('epoch'),
    api_key_pepper: ofKeyring('api_key_pepper'),
    signing: ofKeyring('signing'),
  }
}
