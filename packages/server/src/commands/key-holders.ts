import type { Config } from '../config.ts'
import type { KeyPurpose } from '../platform/crypto/keyring.ts'
import { installationFiles } from './installation-files.ts'
import { holderWithServices, type KeyHolder, keyringHolder } from './key-holder.ts'
import type { Host } from './on-host.ts'

/** Who holds the keys of which purpose in this installation. */
export function keyHolders(config: Config, { clock, installation }: Host): Readonly<Record<KeyPurpose, KeyHolder>> {
  const { keyring } = installationFiles(config.homeFolder)
  const ofKeyring = (purpose: KeyPurpose): KeyHolder => keyringHolder(keyring, { purpose, clock })
  const { keyAdministration: services } = installation
  const fileWraps = config.keyService.wrapsWith === 'keyring'
  const credentials = ofKeyring('credentials')
  return {
    credentials: services === undefined ? credentials : holderWithServices(credentials, services, { fileWraps }),
    epoch: ofKeyring('epoch'),
    api_key_pepper: ofKeyring('api_key_pepper'),
    signing: ofKeyring('signing'),
  }
}
