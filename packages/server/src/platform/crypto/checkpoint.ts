/** The text of a checkpoint (C2SP tlog-checkpoint). */
import { hashBytes } from './merkle-tree.ts'

export type Checkpoint = { readonly origin: string; readonly size: number; readonly root: Buffer }

export function renderCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** Reads the text before the signatures; undefined for what is no checkpoint. Whether it is signed, `verifyNote` says. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const [origin = '', size = '', root = ''] = note.split('\n')
  const bytes = Buffer.from(root, 'base64')
  const isWhole = /^[^\s+]+$/.test(origin) && /^(0|[1-9]\d{0,15})$/.test(size) && note.split('\n')[3] === ''
  if (!isWhole || bytes.length !== hashBytes || bytes.toString('base64') !== root) return undefined
  return { origin, size: Number(size), root: bytes }
}
