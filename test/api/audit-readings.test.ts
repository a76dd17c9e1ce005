import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { linesOfFile } from '../../packages/server/src/commands/lines-of-file.ts'
import { readAnchor, verifyExport } from '../../packages/server/src/features/audit/public.ts'
import { readVerifierKey } from '../../packages/server/src/platform/crypto/signed-note.ts'
import { exportMaker } from '../harness/make-export.ts'

const run = promisify(execFile)
const python = await run('python3', ['--version']).then(
  () => true,
  () => false,
)
const script = fileURLToPath(new URL('../../docs/verify-audit-log.py', import.meta.url))
/** Reads each file with `main` of the script, in one process. */
const driver = `
import contextlib, importlib.util, io, json, sys
spec = importlib.util.spec_from_file_location("reading", sys.argv[1])
reading = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reading)
for path, *kept in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = reading.main(path, sys.argv[2], *kept)
    print(json.dumps([code, out.getvalue()]))
`
const verdictSchema = z.tuple([z.number(), z.string()])

type Lines = readonly string[]
type Field =
  | 'sequence'
  | 'event_id'
  | 'leaf_hash'
  | 'body'
  | 'bodies_since'
  | 'size'
  | 'hashes'
  | 'kind'
  | 'index'
  | 'note'

const make = exportMaker()
const whole = make(300)
const sizes = fc.constantFrom(0, 1, 2, 255, 256, 257, 300, 513)

/** One thing that somebody may do to a file. Places are taken modulo what there is. */
const change: fc.Arbitrary<(lines: Lines) => Lines> = fc.oneof(
  fc.nat(999).map((at) => (lines: Lines) => lines.toSpliced(at % lines.length, 1)),
  fc.tuple(fc.nat(999), fc.nat(999)).map(
    ([from, to]) =>
      (lines: Lines) =>
        lines.toSpliced(to % lines.length, 0, lines[from % lines.length] ?? ''),
  ),
  fc.tuple(fc.nat(999), fc.nat(999)).map(
    ([one, other]) =>
      (lines: Lines) =>
        lines
          .with(one % lines.length, lines[other % lines.length] ?? '')
          .with(other % lines.length, lines[one % lines.length] ?? ''),
  ),
  fc
    .tuple(fc.nat(999), fc.nat(999), fc.constantFrom('0', 'a', '"', '}', '\\', 'é', ' '))
    .map(([at, place, sign]) => (lines: Lines) => {
      const line = lines[at % lines.length] ?? ''
      const where = place % Math.max(1, line.length)
      return lines.with(at % lines.length, `${line.slice(0, where)}${sign}${line.slice(where + 1)}`)
    }),
  fc.tuple(fc.nat(999), fc.nat(999)).map(
    ([at, length]) =>
      (lines: Lines) =>
        lines.with(at % lines.length, (lines[at % lines.length] ?? '').slice(0, length)),
  ),
  fc.tuple(fc.nat(999), fc.constantFrom('', '[]', 'null', '{}', '{"kind":"event"}', 'x', '{"kind":["event"]}')).map(
    ([at, text]) =>
      (lines: Lines) =>
        lines.toSpliced(at % lines.length, 0, text),
  ),
  fc
    .tuple(
      fc.nat(999),
      fc.constantFrom<Field>(
        'sequence',
        'event_id',
        'leaf_hash',
        'body',
        'bodies_since',
        'size',
        'hashes',
        'kind',
        'index',
        'note',
      ),
      fc.constantFrom<unknown>(
        null,
        -1,
        0,
        7,
        1.5,
        2 ** 60,
        'x',
        '',
        true,
        [],
        '2026-12-31T00:00:00.000Z',
        '\ud800',
        'header',
      ),
    )
    .map(
      ([at, field, value]) =>
        (lines: Lines) =>
          edit(lines, at % lines.length, { [field]: value }),
    ),
)

function edit(lines: Lines, at: number, changes: Readonly<Record<string, unknown>>): Lines {
  return lines.with(at, JSON.stringify({ ...record(lines[at] ?? ''), ...changes }))
}

function record(text: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    return {}
  }
}

describe('two readings of one export', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-readings-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const ours = async (file: string, kept?: string) => {
    const key = readVerifierKey(whole.verifierKey)
    if (key === undefined) throw new Error('no key')
    const anchor =
      kept === undefined ? undefined : ((await readAnchor(linesOfFile(kept))) ?? { note: '', leaves: undefined })
    const { findings } = await verifyExport(linesOfFile(file), { keys: [key], anchor })
    return findings.map(({ kind, message }) => `${kind}: ${message}`)
  }
  const theirs = async (files: readonly (readonly string[])[]) => {
    const reading = run('python3', ['-c', driver, script, whole.verifierKey], { maxBuffer: 1 << 26 })
    reading.child.stdin?.end(JSON.stringify(files))
    const { stdout } = await reading
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => verdictSchema.parse(JSON.parse(line)))
  }

  test.skipIf(!python)('agree on exports of every size, and that nothing is wrong with them', async () => {
    const files = await Promise.all(
      [0, 1, 2, 255, 256, 257, 300, 513].map((size) => write(`size-${size}`, `${make(size).lines.join('\n')}\n`)),
    )
    expect(await Promise.all(files.map((file) => ours(file)))).toEqual(files.map(() => []))
    expect((await theirs(files.map((file) => [file]))).map(([code]) => code)).toEqual(files.map(() => 0))
  })

  test.skipIf(!python)(
    'agree on what is wrong, whatever somebody has done to the file',
    async () => {
      const seed = fc.readConfigureGlobal().seed ?? 0
      const cases = fc
        .sample(fc.tuple(sizes, fc.array(change, { minLength: 1, maxLength: 3 })), { numRuns: 250, seed })
        .map(([size, changes]) => changes.reduce((lines, one) => one(lines), make(size).lines))
      const files = await Promise.all(cases.map((lines, index) => write(`case-${index}`, `${lines.join('\n')}\n`)))
      const found = await Promise.all(files.map((file) => ours(file)))
      const read = await theirs(files.map((file) => [file]))
      for (const [index, findings] of found.entries())
        expect(
          { found: findings.length > 0 },
          `seed ${seed}, case ${index}: ours ${findings.join('; ')}, theirs ${read[index]?.[1]}`,
        ).toEqual({ found: read[index]?.[0] === 1 })
      expect(found.filter((findings) => findings.length > 0).length).toBeGreaterThan(200)
    },
    120_000,
  )

  const tamperings: readonly (readonly [string, Lines, RegExp])[] = [
    ['a header behind the bodies that it speaks of', [...whole.lines.slice(1), whole.lines[0] ?? ''], /damaged/],
    [
      'a header that speaks of no body',
      edit(edit(whole.lines, 0, { bodies_since: null }), 300, { body: null }),
      /damaged|removed/,
    ],
    [
      'a month that is said to be gone',
      edit(edit(whole.lines, 0, { bodies_since: '2026-12-01T00:00:00.000Z' }), 299, { body: null }),
      /damaged/,
    ],
    [
      'a body that was taken out under an old id',
      edit(whole.lines, 299, { body: null, event_id: record(whole.lines[5] ?? '')['event_id'] }),
      /removed: event 298\b/,
    ],
    [
      'a full tile that is not there',
      whole.lines.filter((line) => !line.includes('"kind":"tile","level":0,"index":0')),
      /damaged: tile 0\/0 /,
    ],
    [
      'an event that stands in the tree and outside of it',
      whole.lines.toSpliced(
        301,
        0,
        JSON.stringify({
          kind: 'uncovered',
          event_id: record(whole.lines[300] ?? '')['event_id'],
          body: record(whole.lines[300] ?? '')['body'],
        }),
      ),
      /added/,
    ],
    [
      'a body in which a sign is half a letter',
      edit(whole.lines, 300, { body: `${String(record(whole.lines[300] ?? '')['body'])}\ud800` }),
      /altered: event 299\b/,
    ],
    ['two checkpoints', [...whole.lines, whole.lines.at(-1) ?? ''], /damaged/],
  ]
  test.each(tamperings)('%s is found by both', async (name, lines, expected) => {
    const file = await write(name.replaceAll(' ', '-'), `${lines.join('\n')}\n`)
    expect((await ours(file)).join('\n')).toMatch(expected)
    if (python) expect((await theirs([[file]]))[0]?.[1]).toMatch(expected)
  })

  test('of an export in which every leaf is another one a hundred are named, and the others counted', async () => {
    const many = make(4000)
    const lines = many.lines.map((line) => line.replace(/"leaf_hash":"../, '"leaf_hash":"00'))
    const findings = await ours(await write('all-others', `${lines.join('\n')}\n`))
    expect(findings.join('\n')).toMatch(/^altered: 3\d{3} more events are not what was sealed$/m)
  })

  test.skipIf(!python)('agree on what was kept from before', async () => {
    const [earlier, later, other] = [make(200), make(300), exportMaker()(200)]
    const file = await write('later', `${later.lines.join('\n')}\n`)
    const cases: readonly [string, string][] = [
      ['itself', `${later.lines.join('\n')}\n`],
      // Ids and times differ with the size: another history of the same key.
      ['another-history', `${earlier.lines.join('\n')}\n`],
      ['of-another-key', `${other.lines.join('\n')}\n`],
    ]
    const kept = await Promise.all(cases.map(([name, text]) => write(name, text)))
    const found = await Promise.all(kept.map((one) => ours(file, one)))
    expect(found.map((findings) => findings.length > 0)).toEqual([false, true, true])
    expect((await theirs(kept.map((one) => [file, one]))).map(([code]) => code)).toEqual([0, 1, 1])
  })
})
