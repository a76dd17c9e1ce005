import type { BackupManifest } from '../../packages/server/src/platform/postgres/backup/backup-format.ts'
import { BlockWriter } from '../../packages/server/src/platform/postgres/backup/block-writer.ts'
import { readBackup } from '../../packages/server/src/platform/postgres/backup/read-backup.ts'
import { TableDigest } from '../../packages/server/src/platform/postgres/backup/table-digest.ts'
import { piecesOf } from './backup-of.ts'

export type Forgery = {
  readonly manifest?: (manifest: BackupManifest) => BackupManifest
  /** The lines of one table, each with its end. */
  readonly rows?: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>>
}

/** The same backup with something changed and every count and hash made right again: what only the restore can notice. */
export async function rewriteBackup(backup: Uint8Array, forgery: Forgery): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const writer = new BlockWriter(async (bytes) => {
    pieces.push(bytes)
  })
  await writer.begin()
  await readBackup('the.backup', piecesOf(backup), {
    manifest: (manifest) => writer.json('M', forgery.manifest?.(manifest) ?? manifest),
    table: async ({ name }, chunks) => {
      const all: Buffer[] = []
      for await (const chunk of chunks) all.push(chunk)
      const lines = Buffer.concat(all)
        .toString('utf8')
        .split(/(?<=\n)/)
      const bytes = Buffer.from((forgery.rows?.[name]?.(lines) ?? lines).join(''))
      const digest = new TableDigest(name)
      digest.add(bytes)
      await writer.json('T', { table: name })
      await writer.data(bytes)
      await writer.flushData()
      await writer.json('E', digest.end())
    },
  })
  await writer.finish()
  return Buffer.concat(pieces)
}
