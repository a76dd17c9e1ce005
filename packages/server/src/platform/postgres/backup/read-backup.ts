/**
 * Threat: a backup that was cut off, altered, put together from two, or made by a newer build is restored and looks whole.
 * Rule: the blocks come in the one order that the list of tables says, every table has the rows, bytes and hash that its
 * end says, and the file the hash that its last block says. Whoever loads reads the whole file first and once more.
 * On failure: StartupRefusal that names the file, the table, what was expected and what was found.
 */
import type { z } from 'zod'
import { parseJson } from '../../../kernel/parse-json.ts'
import {
  type BackupManifest,
  type CopiedTable,
  fileEndSchema,
  manifestSchema,
  type TableEnd,
  tableBeginSchema,
  tableEndSchema,
} from './backup-format.ts'
import { type Block, damaged, readBlocks } from './read-blocks.ts'
import { TableDigest } from './table-digest.ts'

export type BackupVisitor = {
  readonly manifest?: (manifest: BackupManifest) => Promise<void>
  /** Must read all rows; the promise of the end is kept once they are read and counted. */
  readonly table?: (table: CopiedTable, rows: AsyncIterable<Buffer>) => Promise<void>
  readonly tableEnd?: (table: CopiedTable, end: TableEnd) => Promise<void>
}

/** Reads a whole backup and shows it to a visitor. `name` is what the file is called in refusals. */
export async function readBackup(
  name: string,
  bytes: AsyncIterator<Uint8Array>,
  visitor: BackupVisitor = {},
): Promise<BackupManifest> {
  const blocks = readBlocks(name, bytes)
  try {
    return await readAll(name, blocks, visitor)
  } finally {
    await blocks.return(undefined)
  }
}

async function readAll(name: string, blocks: AsyncGenerator<Block>, visitor: BackupVisitor): Promise<BackupManifest> {
  const manifest = parse(name, await next(name, blocks, 'M'), manifestSchema)
  await visitor.manifest?.(manifest)
  for (const table of manifest.tables) {
    const begun = parse(name, await next(name, blocks, 'T', table.name), tableBeginSchema)
    if (begun.table !== table.name) throw damaged(name, `${table.name} should begin and ${begun.table} does`)
    const digest = new TableDigest(table.name)
    const reading = rowsOf(name, blocks, digest)
    await (visitor.table?.(table, reading.rows) ?? drain(reading.rows))
    await drain(reading.rows)
    const stated = parse(name, reading.end(), tableEndSchema)
    const found = digest.end()
    for (const part of ['table', 'rows', 'bytes', 'sha256'] as const) {
      if (stated[part] !== found[part])
        throw damaged(name, `${table.name} should have ${part} ${stated[part]} and has ${found[part]}`)
    }
    await visitor.tableEnd?.(table, found)
  }
  const last = await next(name, blocks, 'Z')
  const { sha256 } = parse(name, last, fileEndSchema)
  if (sha256 !== last.hashBefore)
    throw damaged(name, `the whole should have sha256 ${sha256} and has ${last.hashBefore ?? 'none'}`)
  // What follows the end is refused by the reader of blocks when it is asked for more.
  await blocks.next()
  return manifest
}

/** The D blocks up to the next other one, which is kept as the end. */
function rowsOf(name: string, blocks: AsyncGenerator<Block>, digest: TableDigest) {
  let end: Block | undefined
  async function* read(): AsyncGenerator<Buffer> {
    while (end === undefined) {
      const block = await blocks.next()
      if (block.done === true) throw damaged(name, 'it ends before its last table does')
      if (block.value.kind !== 'D') {
        end = block.value
        return
      }
      digest.add(block.value.payload)
      yield block.value.payload
    }
  }
  return {
    rows: { [Symbol.asyncIterator]: read },
    end: (): Block => {
      if (end?.kind !== 'E') throw damaged(name, 'a table has no end')
      return end
    },
  }
}

async function drain(rows: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of rows);
}

async function next(name: string, blocks: AsyncGenerator<Block>, kind: Block['kind'], table?: string): Promise<Block> {
  const block = await blocks.next()
  const wanted = table === undefined ? `block ${kind}` : table
  if (block.done === true) throw damaged(name, `it ends before ${wanted}`)
  if (block.value.kind !== kind) throw damaged(name, `${wanted} should come and block ${block.value.kind} does`)
  return block.value
}

function parse<T>(name: string, block: Block, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(block.payload.toString('utf8')))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw damaged(name, `block ${block.kind} cannot be read (${issue?.path.join('.') ?? ''} ${issue?.message ?? ''})`)
}
