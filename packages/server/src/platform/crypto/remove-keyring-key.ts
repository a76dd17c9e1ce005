import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { keyNumber, readKeyringFile, renderKeyringFile } from './keyring.ts'
import { replaceSecretFile } from './replace-secret-file.ts'

/**
 * Takes a key out of the file; the key that seals for a purpose stays. `announce` is called before anything is written, and
 * what it throws keeps the key. Nothing that is still sealed under it opens afterwards: the caller has counted.
 */
export async function removeKeyringKey(
  path: string,
  options: { id: string; announce: () => Promise<void> },
): Promise<void> {
  await replaceSecretFile(path, async (text) => {
    const { entries } = readKeyringFile(path, text)
    const removed = entries.find(({ id }) => id === options.id)
    if (removed === undefined) throw new StartupRefusal(`${path} has no key ${options.id}; nothing was changed.`)
    const hasSuccessor = entries.some(
      ({ id, purpose, state }) =>
        purpose === removed.purpose && state === 'active' && keyNumber(id) > keyNumber(removed.id),
    )
    if (!hasSuccessor) throw new StartupRefusal(`${options.id} is the key for ${removed.purpose}; nothing was changed.`)
    await options.announce()
    return { text: renderKeyringFile(entries.filter(({ id }) => id !== options.id)), made: undefined }
  })
}
