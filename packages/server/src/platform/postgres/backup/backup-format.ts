/**
 * The file of a backup: one line that names the format, then blocks.
 *
 * block    one letter, four bytes with the length of what follows (big-endian), and that
 * file     M (T D* E)* Z, and nothing after it
 *
 * M  JSON: what the backup is of, and every table with its columns, in the order in which the tables follow
 * T  JSON: the table that begins
 * D  bytes of the table as COPY wrote them, in its text format: a line a row, in the order of the primary key
 * E  JSON: rows, bytes and SHA-256 of the D blocks of the table that ends
 * Z  JSON: SHA-256 of every byte of the file before this block
 *
 * What was cut off has no Z; what was changed, moved or added has another hash than Z says.
 */
import { z } from 'zod'

export const formatVersion = 1
export const formatLine = `HYPONEMA BACKUP ${formatVersion}\n`

/** Reading keeps one block in memory, so no block is larger; a list of tables with ten years of partitions is far smaller. */
export const maxBlockBytes = 1024 * 1024

/** Rows are put together to blocks of about this size. */
export const dataBlockBytes = 256 * 1024

export const blockKinds = ['M', 'T', 'D', 'E', 'Z'] as const
export type BlockKind = (typeof blockKinds)[number]

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/)
const countSchema = z.int().nonnegative()

const tableSchema = z.strictObject({
  /** Schema and name, as the server quotes them. */
  name: z.string().min(1).max(200),
  columns: z.array(z.strictObject({ name: z.string().min(1), type: z.string().min(1) })).min(1),
  /** The months for which a partitioned table had a partition: `2026_11`. Empty where it is not partitioned. */
  partitions: z.array(z.string().regex(/^\d{4}_(0[1-9]|1[0-2])$/)),
})

export type CopiedTable = Readonly<z.infer<typeof tableSchema>>

export const manifestSchema = z.strictObject({
  format: z.literal(formatVersion),
  made_at: z.iso.datetime(),
  database: z.string(),
  server_version: z.string(),
  /** The ledger: the steps that made the schema which the rows fit. */
  migrations: z
    .array(z.strictObject({ version: z.int().positive(), name: z.string().min(1), sha256: sha256Schema }))
    .min(1),
  /** Keys of the keyring, each with a fingerprint that tells whether another keyring has the same key. */
  keys: z.array(z.strictObject({ id: z.string().min(1), fingerprint: z.string().regex(/^[0-9a-f]{32}$/) })),
  tables: z.array(tableSchema).min(1),
})

export type BackupManifest = Readonly<z.infer<typeof manifestSchema>>
export type KeyFingerprint = BackupManifest['keys'][number]

export const tableBeginSchema = z.strictObject({ table: z.string() })

export const tableEndSchema = z.strictObject({
  table: z.string(),
  rows: countSchema,
  bytes: countSchema,
  sha256: sha256Schema,
})

export type TableEnd = Readonly<z.infer<typeof tableEndSchema>>

/** How far one table is. The last one of a table is its end. */
export type TableProgress = Pick<TableEnd, 'table' | 'rows' | 'bytes'>

export const fileEndSchema = z.strictObject({ sha256: sha256Schema })
