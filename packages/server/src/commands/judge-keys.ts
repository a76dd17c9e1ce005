import { StartupRefusal } from '../kernel/startup-refusal.ts'
import type { KeyFingerprint } from '../platform/postgres/backup/backup-format.ts'

/**
 * Compares the keys beside which a backup was made with those of this installation. Another key under the same id is
 * another installation's keyring and refused. A key that is missing may have been destroyed on purpose (epochs of erased
 * content), so it is a notice.
 */
export function judgeKeys(ofBackup: readonly KeyFingerprint[], here: readonly KeyFingerprint[]): readonly string[] {
  const known = new Map(here.map(({ id, fingerprint }) => [id, fingerprint]))
  const other = ofBackup.filter(({ id, fingerprint }) => known.has(id) && known.get(id) !== fingerprint)
  if (other.length > 0)
    throw new StartupRefusal(
      `keyring.json is another installation's: the backup was made with another key ${other.map(({ id }) => id).join(', ')}. Put the copy that belongs to it there.`,
    )
  const missing = ofBackup.filter(({ id }) => !known.has(id))
  return missing.length === 0
    ? []
    : [`keyring.json has no key ${missing.map(({ id }) => id).join(', ')}: what it sealed will not open.`]
}
