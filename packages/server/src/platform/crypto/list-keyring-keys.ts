import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { type KeyPurpose, readKeyringFile } from './keyring.ts'
import { readPrivateFile } from './read-private-file.ts'

/** What the file says of a key besides the key. */
export type ListedKey = {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly state: 'active' | 'retiring'
  readonly createdAt: Date
}

/** The keys of the file as they are now, in its order. */
export async function listKeyringKeys(path: string): Promise<readonly ListedKey[]> {
  const text = await readPrivateFile(path)
  if (text === undefined) throw new StartupRefusal(`${path} is not there; put it back from your copy.`)
  return readKeyringFile(path, text).entries.map(({ id, purpose, state, created_at: createdAt }) => ({
    id,
    purpose,
    state,
    createdAt: new Date(createdAt),
  }))
}
