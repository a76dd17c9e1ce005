import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

const receiver = `
import { createHmac } from 'node:crypto'
import { verifyWebhook, WebhookVerificationError } from '@hyponema/sdk'

const key = Buffer.alloc(32, 7)
const seconds = Math.floor(Date.now() / 1000)
const body = JSON.stringify({ id: 'evt_1', type: 'transcript.ready', created_at: '', data: { turn_count: 4 } })
const signature = createHmac('sha256', key).update(\`evt_1.\${seconds}.\${body}\`).digest('base64')
const headers = { 'Webhook-Id': 'evt_1', 'Webhook-Timestamp': String(seconds), 'Webhook-Signature': \`v1,\${signature}\` }
const secrets = \`whsec_\${key.toString('base64')}\`
console.log(verifyWebhook({ headers, body, secrets }).data.turn_count)
try {
  verifyWebhook({ headers, body: \`\${body} \`, secrets })
} catch (error) {
  console.log(error instanceof WebhookVerificationError, error.code)
}
`

const typed = `
import { verifyWebhook, type WebhookEvent } from '@hyponema/sdk'
export function turnsOf(request: Request, body: Uint8Array): number {
  const event: WebhookEvent = verifyWebhook({ headers: request.headers, body, secrets: ['whsec_'], now: new Date() })
  if (event.data === null) return 0
  switch (event.type) {
    case 'webhook.challenge':
      return event.data.challenge.length
    case 'transcript.ready':
      return event.data.turn_count
    default:
      return 0
  }
}
// @ts-expect-error -- a type of event that there is not
export const wrong: WebhookEvent['type'] = 'transcript.lost'
`

describe('the packed SDK', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hyponema-sdk-'))
  const installed = join(folder, 'project/node_modules/@hyponema/sdk')
  beforeAll(() => {
    const built = join(folder, 'built')
    execFileSync(process.execPath, [join(root, 'tools/build-sdk.mjs'), built], { cwd: root, stdio: 'pipe' })
    const pack = ['pack', '--silent', '--pack-destination', folder, built]
    const name = execFileSync('npm', pack, { cwd: folder, encoding: 'utf8' }).trim()
    mkdirSync(installed, { recursive: true })
    execFileSync('tar', ['-xzf', join(folder, name), '-C', installed, '--strip-components=1'])
    writeFileSync(join(folder, 'project/package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'project/main.js'), receiver)
    writeFileSync(join(folder, 'project/main.ts'), typed)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // The one that runs this, and the machine's own, which may be as old as the SDK allows.
  test.each([process.execPath, 'node'])(
    'verifies in a plain JavaScript project, with nothing else installed (%s)',
    (node) => {
      const said = execFileSync(node, ['main.js'], { cwd: join(folder, 'project'), encoding: 'utf8' })
      expect(said.trim().split('\n')).toEqual(['4', 'true signature_mismatch'])
    },
  )

  test('has types that a strict project compiles against', () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,dom']
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const run = () =>
      execFileSync(process.execPath, [compiler, ...options, ...types, 'main.ts'], {
        cwd: join(folder, 'project'),
        encoding: 'utf8',
      })
    expect(run()).toBe('')
  })

  test('holds its code, its types, a licence and a page, and nothing that is for tests', () => {
    const names = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
      (name) => !/\.(js|d\.ts)$/.test(name),
    )
    expect(readdirSync(installed).filter((name) => name.includes('test'))).toEqual([])
    expect(names.sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
  })
})
