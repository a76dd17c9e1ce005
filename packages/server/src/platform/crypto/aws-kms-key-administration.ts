import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import type { KeyAdministration } from './key-administration.ts'
import type { KmsKey } from './kms-key.ts'

/**
 * The keys that the setting names, the first one wrapping. They are made and ended in AWS by whoever is allowed to: this process
 * may encrypt and decrypt with them and nothing else.
 */
export function awsKmsKeyAdministration(keys: readonly KmsKey[]): KeyAdministration {
  return {
    list: async () => keys.map(({ id }, place) => ({ id, state: place === 0 ? 'active' : 'retiring' })),
    rotate: async () => {
      throw new StartupRefusal(
        'Keys of AWS KMS are made there: create one, write its ARN first in HYPONEMA_KMS_KEYS before the others, and restart every server. New keys are wrapped with it from then on.',
      )
    },
    retire: async (id, inUse) => {
      const place = keys.findIndex((key) => key.id === id)
      if (place === -1) throw new StartupRefusal(`${id} is none of HYPONEMA_KMS_KEYS.`)
      if (place === 0)
        throw new StartupRefusal(
          `${id} is what new keys are wrapped with; write another key first in HYPONEMA_KMS_KEYS, then rewrap.`,
        )
      if (inUse.has(id))
        throw new StartupRefusal(`${id} cannot be retired: keys are still wrapped under it. Rewrap first.`)
      throw new StartupRefusal(
        `Nothing is wrapped under ${id} any more: take it out of HYPONEMA_KMS_KEYS, restart every server, and disable it in AWS. Delete it there only when no backup older than the rewrap has to be restored.`,
      )
    },
  }
}
