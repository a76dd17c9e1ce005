import { join } from 'node:path'

/** The files of an installation. */
export function installationFiles(homeFolder: string) {
  return {
    logins: join(homeFolder, 'logins.json'),
    admin: join(homeFolder, 'admin.json'),
    keyring: join(homeFolder, 'keyring.json'),
    signingKeys: join(homeFolder, 'signing-keys.json'),
    /** Signs checkpoints, receipts, manifests and reports. */
    evidenceKeys: join(homeFolder, 'evidence-keys.json'),
    demo: join(homeFolder, 'demo.json'),
    /** Where the booking desk of the demo listens, and its key. */
    desk: join(homeFolder, 'desk.json'),
    /** Where the embedded database listens while it runs; commands on the host find it here. */
    address: join(homeFolder, 'address.json'),
  }
}
