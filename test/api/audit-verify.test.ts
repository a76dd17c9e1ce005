import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readAnchor, verifyExport } from '../../packages/server/src/features/audit/public.ts'
import { merkleLeaf } from '../../packages/server/src/platform/crypto/merkle-leaf.ts'
import { readVerifierKey } from '../../packages/server/src/platform/crypto/signed-note.ts'
import { type Api, openApi } from './api-harness.ts'
import { openSealer } from './seal-log.ts'

const run = promisify(execFile)
const python = await run('python3', ['--version']).then(
  () => true,
  () => false,
)
const script = fileURLToPath(new URL('../../docs/verify-audit-log.py', import.meta.url))
const lineSchema = z.looseObject({ kind: z.string(), sequence: z.number().optional() })
type Line = z.infer<typeof lineSchema>

async function* each(lines: readonly string[]) {
  yield* lines
}

describe('an exported audit log', () => {
  let api: Api
  let folder: string
  let verifierKey: string
  let earlierNote: string
  let earlier: readonly string[]
  let whole: readonly string[]

  const exported = async (): Promise<readonly string[]> => {
    const key = await api.a.makeKey(['audit:read'])
    const answer = await api.a.call('GET', '/v1/audit-events/export', { credential: key })
    expect(answer.status).toBe(200)
    return answer.text.trimEnd().split('\n')
  }

  beforeAll(async () => {
    api = await openApi()
    folder = await mkdtemp(join(tmpdir(), 'hyponema-audit-'))
    const sealer = openSealer(api)
    await Promise.all(Array.from({ length: 40 }, () => api.a.makeKey(['agents:read'])))
    await sealer.runOnce()
    earlier = await exported()
    earlierNote = note(earlier)
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 90 }, () => api.a.makeKey(['agents:read'])))
      await sealer.runOnce()
    }
    whole = await exported()
    const key = await api.a.makeKey(['audit:read'])
    const newest = await api.a.call('GET', '/v1/audit-checkpoints/newest', { credential: key })
    verifierKey = z.looseObject({ verifier_key: z.string() }).parse(newest.body).verifier_key
    if (sealer.failures.length > 0) throw new Error(sealer.failures.join('\n'))
  }, 60_000)
  afterAll(async () => {
    await api.close()
    await rm(folder, { recursive: true, force: true })
  })

  const note = (lines: readonly string[]) =>
    z.looseObject({ note: z.string() }).parse(JSON.parse(lines.at(-1) ?? '')).note
  const parse = (text: string): Line => lineSchema.parse(JSON.parse(text))
  const place = (lines: readonly string[], sequence: number) =>
    lines.findIndex((text) => parse(text).sequence === sequence)
  const edit = (lines: readonly string[], sequence: number, change: (line: Line) => Line) =>
    lines.with(place(lines, sequence), JSON.stringify(change(parse(lines[place(lines, sequence)] ?? ''))))
  const sealedAgain = (line: Line): Line => {
    const body = String(line['body']).replace('"action":"', '"action":"x')
    return { ...line, body, leaf_hash: merkleLeaf(Buffer.from(body)).toString('hex') }
  }
  const swap = (lines: readonly string[], one: number, other: number) =>
    lines
      .with(place(lines, one), lines[place(lines, other)] ?? '')
      .with(place(lines, other), lines[place(lines, one)] ?? '')

  const verify = async (lines: readonly string[], anchor?: readonly string[] | string) => {
    const key = readVerifierKey(verifierKey)
    if (key === undefined) throw new Error('no key')
    return verifyExport(each(lines), {
      keys: [key],
      anchor:
        anchor === undefined || typeof anchor === 'string'
          ? anchor === undefined
            ? undefined
            : { note: anchor, leaves: undefined }
          : await readAnchor(each(anchor)),
    })
  }
  const readInPython = async (lines: readonly string[], anchor?: string) => {
    const [file, since] = [join(folder, 'export.ndjson'), join(folder, 'since')]
    await writeFile(file, `${lines.join('\n')}\n`)
    if (anchor !== undefined) await writeFile(since, anchor)
    const answer = await run('python3', [script, file, verifierKey, ...(anchor === undefined ? [] : [since])]).catch(
      (error: unknown) => z.looseObject({ stdout: z.string(), code: z.literal(1) }).parse(error),
    )
    return answer.stdout.trimEnd().split('\n')
  }
  /** The events that a reading names, by their numbers. */
  const named = (messages: readonly string[]) =>
    new Set(messages.flatMap((message) => /events? (\d+)/.exec(message)?.[1] ?? []))

  const unchanged: readonly [string, () => readonly string[]][] = [['as it is', () => whole]]
  const tampered: readonly [string, (lines: readonly string[]) => readonly string[], readonly string[]][] = [
    [
      'a body that was altered',
      (lines) => edit(lines, 7, (line) => ({ ...line, body: String(line['body']).replace('api_key', 'api_kez') })),
      ['7'],
    ],
    ['a body that was altered with its leaf', (lines) => edit(lines, 7, sealedAgain), ['7']],
    ['an event that was removed', (lines) => lines.toSpliced(place(lines, 9), 1), ['9']],
    ['a body that was removed', (lines) => edit(lines, 9, (line) => ({ ...line, body: null })), ['9']],
    ['an event that was added', (lines) => lines.toSpliced(place(lines, 9), 0, lines[place(lines, 9)] ?? ''), ['9']],
    ['two events in the other order', (lines) => swap(lines, 3, 4), ['3']],
    [
      'two events under the numbers of each other',
      (lines) =>
        edit(
          edit(lines, 3, (line) => ({ ...parse(lines[place(lines, 4)] ?? ''), sequence: line.sequence })),
          4,
          (line) => ({ ...parse(lines[place(lines, 3)] ?? ''), sequence: line.sequence }),
        ),
      ['3', '4'],
    ],
    ['the newest event cut off', (lines) => lines.filter((text) => parse(text).sequence !== 300), ['300']],
  ]

  test.each(unchanged)('%s is what was signed, and continues an earlier one', async (_name, lines) => {
    const found = await verify(lines(), earlierNote)
    expect(found.findings).toEqual([])
    expect(found.events).toBeGreaterThan(300)
    expect(found.anchoredTo).toBeGreaterThan(40)
    if (python) expect((await readInPython(lines(), earlierNote)).join()).toMatch(/events as signed$/)
  })

  test.each(tampered)('%s is found and named', async (_name, change, numbers) => {
    const { findings } = await verify(change(whole))
    expect([...named(findings.map(({ message }) => message))]).toEqual(expect.arrayContaining([...numbers]))
    expect(named(findings.map(({ message }) => message)).size).toBeLessThanOrEqual(numbers.length + 1)
  })

  test.skipIf(!python).each(tampered)('%s is found by the second reading, too', async (_name, change, numbers) => {
    const messages = await readInPython(change(whole))
    expect([...named(messages)]).toEqual(expect.arrayContaining([...numbers]))
  })

  test('a tile that was altered is named, and with it an altered event still is', async () => {
    const tile = whole.findIndex((text) => parse(text).kind === 'tile')
    const damaged = whole.with(
      tile,
      JSON.stringify({ ...parse(whole[tile] ?? ''), hashes: Buffer.alloc(256 * 32).toString('base64') }),
    )
    const messages = (await verify(damaged)).findings.map(({ message }) => message)
    expect(messages).toEqual(['tile 0/0 is not the one that the checkpoint covers'])
    if (python)
      expect(await readInPython(damaged)).toEqual(['damaged: tile 0/0 is not the one that the checkpoint covers'])
    const both = (await verify(edit(damaged, 290, sealedAgain))).findings.map(({ message }) => message).join('\n')
    expect(both).toMatch(/event 290 /)
  })

  test('a checkpoint of somebody else, of another size or without a signature is none', async () => {
    const bad = whole.at(-1) ?? ''
    const size = note(whole).split('\n')[1] ?? ''
    for (const change of [
      bad.replace(`\\n${size}\\n`, `\\n${Number(size) - 1}\\n`),
      bad.replace(/— .*"/, '"'),
      bad.replaceAll('wsp_', 'wsq_'),
    ]) {
      expect(change).not.toBe(bad)
      const { findings } = await verify([...whole.slice(0, -1), change])
      expect(findings.map(({ kind }) => kind)).toContain('unsigned')
      if (python) expect((await readInPython([...whole.slice(0, -1), change])).join()).toMatch(/unsigned/)
    }
  })

  test('a history that was written anew and signed again is found against what was kept, and the event with an earlier export', async () => {
    const forged = edit(earlier, 12, sealedAgain)
    const { findings } = await verify(whole, note(earlier))
    expect(findings).toEqual([])
    const kept = await readAnchor(each(forged))
    expect(kept).toBeDefined()
    const messages = (await verify(edit(whole, 12, sealedAgain), earlier)).findings.map(({ message }) => message)
    expect(messages.some((message) => /^event 12 .*another one than it was/.test(message))).toBe(true)
    const shorter = (await verify(earlier, note(whole))).findings.map(({ kind }) => kind)
    expect(shorter).toEqual(['removed'])
  })

  test('what a superuser changes in the database or in the files is found and named', async () => {
    const events = await api.ask<{ id: string; seq: string }>(
      'select e.id, s.seq from tenant.audit_events e join tenant.audit_seals s on s.event_id = e.id and s.workspace_id = e.workspace_id where e.workspace_id = $1 order by s.seq',
      [api.a.id],
    )
    const asSuperuser = async (sql: string, parameters: readonly unknown[]) => {
      await api.ask("select set_config('session_replication_role', 'replica', false)")
      await api.ask(sql, parameters)
    }
    const findings = async () => (await verify(await exported())).findings.map(({ message }) => message)
    await asSuperuser(
      "update tenant.audit_events set canonical = convert_to(replace(convert_from(canonical, 'utf8'), 'api_key', 'apy_key'), 'utf8') where workspace_id = $1 and id = $2",
      [api.a.id, events[5]?.id],
    )
    expect([...named(await findings())]).toEqual(['5'])
    await asSuperuser('delete from tenant.audit_events where workspace_id = $1 and id = $2', [api.a.id, events[6]?.id])
    expect([...named(await findings())]).toEqual(['5', '6'])
    await asSuperuser('delete from tenant.audit_seals where workspace_id = $1 and seq = $2', [api.a.id, 8])
    expect([...named(await findings())]).toEqual(expect.arrayContaining(['5', '6', '8']))
  })

  test('the script is short enough to be read', async () => {
    expect((await readFile(script, 'utf8')).split('\n').length).toBeLessThan(180)
  })
})
