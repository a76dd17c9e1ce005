import { stat } from 'node:fs/promises'

/** Whether `readPrivateFile` would give the text of this file: there, a plain file, and for its owner only. It is not opened. */
export async function isPrivateFile(path: string): Promise<boolean> {
  try {
    const facts = await stat(path)
    return facts.isFile() && (facts.mode & 0o077) === 0 && facts.uid === (process.geteuid?.() ?? facts.uid)
  } catch {
    return false
  }
}
