import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

const planted: readonly (readonly [text: string, found: RegExp])[] = [
  [`export const a = await fetch('x')`, /no-restricted-globals.*'fetch'/],
  [`export const a = new WebSocket('x')`, /no-restricted-globals.*'WebSocket'/],
  [`export const a = new EventSource('x')`, /no-restricted-globals.*'EventSource'/],
  [`export const a = new XMLHttpRequest()`, /no-restricted-globals.*'XMLHttpRequest'/],
  [`export const a = require('node:net')`, /no-restricted-globals.*'require'/],
  [`import { request } from 'undici'\nexport const a = request`, /no-restricted-imports.*'undici'/],
  [`import Client from 'undici/lib/dispatcher/client.js'\nexport const a = Client`, /no-restricted-imports.*'undici/],
  [`import { WebSocket as W } from 'ws'\nexport const a = W`, /no-restricted-imports.*'ws'/],
  ...['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns', 'dns/promises'].map(
    (name) => [`import * as m from 'node:${name}'\nexport const a = m`, /no-restricted-imports.*'node:/] as const,
  ),
]

const innocent = [
  ['packages/server/src/platform/outbound/a.ts', `import { Pool } from 'undici'\nexport const a = Pool\n`],
  [
    'packages/server/src/conversation/transports/voice/a.ts',
    `import { WebSocketServer } from 'ws'\nexport const a = WebSocketServer\n`,
  ],
] as const

const reportSchema = z.object({
  diagnostics: z.array(z.object({ code: z.string().optional(), message: z.string(), filename: z.string() })),
})

describe('the linter', () => {
  const said = new Map<string, string>()
  const pathOf = (index: number) => `packages/server/src/features/webhooks/planted-${index}.ts`

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hyponema-lint-'))
    const files = [...planted.map(([text], index) => [pathOf(index), text] as const), ...innocent]
    for (const [path, text] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    // Without types: these rules need none, and what reads types is found beside this repository only.
    const rules = (await readFile(join(root, '.oxlintrc.json'), 'utf8')).replace(
      '"typeAware": true',
      '"typeAware": false',
    )
    await writeFile(join(folder, '.oxlintrc.json'), rules)
    const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
    const answer: { stdout: string } = await run(process.execPath, [oxlint, '--format', 'json', '.'], {
      cwd: folder,
    }).catch((error: unknown) => ({ stdout: error instanceof Error && 'stdout' in error ? String(error.stdout) : '' }))
    await rm(folder, { recursive: true })
    for (const { code = '', message, filename } of reportSchema.parse(JSON.parse(answer.stdout)).diagnostics) {
      said.set(filename, `${said.get(filename) ?? ''}${code} ${message}; `)
    }
  }, 120_000)

  it.each(planted.map(([text, found], index) => [text, found, index] as const))(
    'refuses %j outside the door',
    (_text, found, index) => expect(said.get(pathOf(index))).toMatch(found),
  )

  it.each(innocent)('lets %s have what it needs', (path) => {
    expect(said.get(path) ?? '').not.toContain('no-restricted')
  })
})
