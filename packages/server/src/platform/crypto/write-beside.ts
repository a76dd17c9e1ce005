import { open, rm } from 'node:fs/promises'
import { systemRandomBytes } from './random-bytes.ts'

/**
 * Writes a whole file with mode 0600 beside `path`, on the disk before `place` gives it its name. Nothing of it is left
 * beside the name afterwards, whatever happens.
 */
export async function writeBeside(
  path: string,
  content: string | Uint8Array,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${systemRandomBytes(8).toString('hex')}.new`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await place(temporary)
  } finally {
    await rm(temporary, { force: true })
  }
}
