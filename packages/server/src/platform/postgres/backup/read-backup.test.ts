import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import type { BackupManifest } from './backup-format.ts'
import { BlockWriter } from './block-writer.ts'
import { readBackup } from './read-backup.ts'
import { TableDigest } from './table-digest.ts'

const tables = ['tenant.agents', 'tenant.turns', 'tenant.users']
const rows = ['1\tone\n2\ttwo\n', '', `${'x'.repeat(700_000)}\n`]

const manifest: BackupManifest = {
  format: 1,
  made_at: '2026-11-30T14:00:00.000Z',
  database: 'hyponema',
  server_version: '18.4',
  migrations: [{ version: 1, name: '0001_scope', sha256: 'a'.repeat(64) }],
  keys: [{ id: 'epoch-1', fingerprint: 'b'.repeat(32) }],
  tables: tables.map((name) => ({ name, columns: [{ name: 'id', type: 'uuid' }], partitions: [] })),
}

type Section = { readonly name: string; readonly rows: string; readonly end?: object }

const whole: readonly Section[] = tables.map((name, index) => ({ name, rows: rows[index] ?? '' }))

/** A file with these sections in this order, its hashes all right. */
async function fileOf(sections: readonly Section[] = whole, contents: object = manifest): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const writer = new BlockWriter(async (bytes) => {
    pieces.push(bytes)
  })
  await writer.begin()
  await writer.json('M', contents)
  for (const section of sections) {
    const digest = new TableDigest(section.name)
    const bytes = Buffer.from(section.rows)
    await writer.json('T', { table: section.name })
    digest.add(bytes)
    await writer.data(bytes)
    await writer.flushData()
    await writer.json('E', { ...digest.end(), ...section.end })
  }
  await writer.finish()
  return Buffer.concat(pieces)
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

const read = (bytes: Uint8Array, size = 65_536) => readBackup('x.backup', pieces(bytes, size))

describe('the reader of a backup', () => {
  test.each([1000, 65_536, 10_000_000])('gives every table its rows, in pieces of %i bytes', async (size) => {
    const seen: [string, string][] = []
    const found = await readBackup('x.backup', pieces(await fileOf(), size), {
      table: async (table, chunks) => {
        const all: Buffer[] = []
        for await (const chunk of chunks) all.push(Buffer.from(chunk))
        seen.push([table.name, Buffer.concat(all).toString()])
      },
    })
    expect(found).toEqual(manifest)
    expect(seen).toEqual(tables.map((name, index) => [name, rows[index]]))
  })

  test('goes on behind a visitor that read no row', async () => {
    const ends: number[] = []
    await readBackup('x.backup', pieces(await fileOf(), 999), {
      table: async () => undefined,
      tableEnd: async (_table, end) => {
        ends.push(end.rows)
      },
    })
    expect(ends).toEqual([2, 0, 1])
  })

  test('closes what it reads from, whatever happens', async () => {
    let closed = 0
    async function* watched(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      try {
        yield* pieces(bytes, 1000)
      } finally {
        closed += 1
      }
    }
    const file = await fileOf()
    await readBackup('x', watched(file))
    await expect(readBackup('x', watched(file.subarray(0, 50_000)))).rejects.toThrow('x is damaged')
    await expect(
      readBackup('x', watched(file), { table: () => Promise.reject(new Error('the visitor fails')) }),
    ).rejects.toThrow('the visitor fails')
    expect(closed).toBe(3)
  })

  test('refuses what is cut off, anywhere', async () => {
    const file = await fileOf()
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
        await expect(read(file.subarray(0, length))).rejects.toThrow(StartupRefusal)
      }),
    )
  })

  test('refuses a changed bit, anywhere', async () => {
    const file = await fileOf(whole.slice(0, 2), { ...manifest, tables: manifest.tables.slice(0, 2) })
    await expect(read(file)).resolves.toBeDefined()
    for (let at = 0; at < file.length; at += 1) {
      const changed = Buffer.from(file)
      changed.writeUInt8(file.readUInt8(at) ^ (1 << (at % 8)), at)
      await expect(read(changed), `byte ${at}`).rejects.toThrow(StartupRefusal)
    }
  })

  test('refuses bytes that were changed, put in, taken out or swapped, anywhere', async () => {
    const file = await fileOf()
    const part = fc.tuple(fc.nat(file.length - 1), fc.integer({ min: 1, max: 5000 }))
    const damages = fc.oneof(
      fc.tuple(fc.constant('changed'), part, part),
      fc.tuple(fc.constant('put in'), part, part),
      fc.tuple(fc.constant('taken out'), part, part),
      fc.tuple(fc.constant('swapped'), part, part),
    )
    await fc.assert(
      fc.asyncProperty(
        damages,
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        async ([how, [at, length], [to]], bytes) => {
          const damaged =
            how === 'changed'
              ? Buffer.concat([file.subarray(0, at), bytes, file.subarray(at + bytes.length)])
              : how === 'put in'
                ? Buffer.concat([file.subarray(0, at), bytes, file.subarray(at)])
                : how === 'taken out'
                  ? Buffer.concat([file.subarray(0, at), file.subarray(at + length)])
                  : moved(file, at, length, to)
          fc.pre(!damaged.equals(file))
          await expect(read(damaged)).rejects.toThrow(StartupRefusal)
        },
      ),
    )
  })

  test('refuses what follows the end', async () => {
    const file = await fileOf()
    await expect(read(Buffer.concat([file, Buffer.from('x')]))).rejects.toThrow('something follows its end')
    await expect(read(Buffer.concat([file, file]))).rejects.toThrow('something follows its end')
  })

  test.each<readonly [string, readonly Section[], string]>([
    ['in another order', whole.toReversed(), 'tenant.agents should begin and tenant.users does'],
    ['one missing', whole.slice(1), 'tenant.agents should begin and tenant.turns does'],
    ['the last one missing', whole.slice(0, 2), 'tenant.users should come and block Z does'],
    ['one twice', [...whole, ...whole.slice(2)], 'block Z should come and block T does'],
    [
      'fewer rows than its end says',
      [{ ...whole[0], name: 'tenant.agents', rows: '1\tone\n', end: { rows: 2 } }],
      'tenant.agents should have rows 2 and has 1',
    ],
    [
      'another hash',
      [{ name: 'tenant.agents', rows: '', end: { sha256: 'c'.repeat(64) } }],
      'tenant.agents should have sha256 c',
    ],
    [
      'the end of another table',
      [{ name: 'tenant.agents', rows: '', end: { table: 'tenant.users' } }],
      'tenant.agents should have table tenant.users',
    ],
    ['an end that says more', [{ name: 'tenant.agents', rows: '', end: { more: 1 } }], 'block E cannot be read'],
  ])('refuses tables with %s, though every hash is right', async (_how, sections, found) => {
    await expect(read(await fileOf(sections))).rejects.toThrow(`x.backup is damaged: ${found}`)
  })

  test.each([
    ['a list of contents without tables', { ...manifest, tables: [] }],
    ['a word that it does not know', { ...manifest, compressed: true }],
    ['a month that is none', { ...manifest, tables: [{ ...manifest.tables[0], partitions: ['2026_13'] }] }],
    ['another format within', { ...manifest, format: 2 }],
  ])('refuses %s', async (_what, contents) => {
    await expect(read(await fileOf([], contents))).rejects.toThrow('block M cannot be read')
  })

  test('says of a newer format that it is newer, and of anything else that it is no backup', async () => {
    await expect(read(Buffer.from('HYPONEMA BACKUP 2\nwhatever follows'))).rejects.toThrow(
      'x.backup has format 2 and this build reads format 1',
    )
    await expect(read(Buffer.from('PGDMP\u0001'))).rejects.toThrow('x.backup is not a backup of Hyponema')
    await expect(read(Buffer.alloc(0))).rejects.toThrow('x.backup is not a backup of Hyponema')
  })

  test('never asks for more memory than a block', async () => {
    const head = Buffer.from('HYPONEMA BACKUP 1\nM____')
    head.writeUInt32BE(0xffff_ffff, head.length - 4)
    await expect(read(head)).rejects.toThrow('it has no block at byte')
  })
})

function moved(file: Buffer, at: number, length: number, to: number): Buffer {
  const taken = file.subarray(at, at + length)
  const rest = Buffer.concat([file.subarray(0, at), file.subarray(at + length)])
  return Buffer.concat([rest.subarray(0, to), taken, rest.subarray(to)])
}
