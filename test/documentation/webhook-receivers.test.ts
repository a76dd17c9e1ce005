/** Runs the receivers that docs/webhooks.md shows, as a reader would, and sends them requests as the server signs them. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { Secret } from '../../packages/server/src/platform/crypto/secret.ts'
import {
  newEd25519Secret,
  newHmacSecret,
  renderHmacSecret,
  signWebhook,
} from '../../packages/server/src/platform/crypto/webhook-signature.ts'
import { freePort } from '../end-to-end/server-process.ts'
import { fencedBlocks } from './fenced-blocks.ts'
import { readPage, root } from './pages.ts'

const page = readPage('docs/webhooks.md').text
const blocksOf = (info: string) => fencedBlocks(page).flatMap((block) => (block.info === info ? [block.text] : []))
const hasPython = spawnSync('python3', ['--version']).status === 0
const hasCryptography = spawnSync('python3', ['-c', 'import cryptography']).status === 0

const id = 'evt_01jd3v8c3dj6q1p5a2z7f8e9r0'
const [old, secret, pair] = [newHmacSecret(), newHmacSecret(), newEd25519Secret()]
const seconds = Math.floor(Date.now() / 1000)
const bodyOf = (type: string, data: object) =>
  Buffer.from(JSON.stringify({ id, type, created_at: '2026-01-31T12:00:00.000Z', data }))
const event = bodyOf('transcript.ready', { session_id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7', turn_count: 4 })
const signed = (body: Buffer, hmac: readonly Secret[] = [secret], ed25519: readonly Secret[] = []) => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': signWebhook({ id, timestampSeconds: seconds, body, hmac, ed25519 }),
})

const folder = mkdtempSync(join(tmpdir(), 'hyponema-receivers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const receivers = [
  { name: 'TypeScript', info: 'ts', file: 'receiver.ts', command: process.execPath, isThere: true },
  { name: 'Python', info: 'python', file: 'receiver.py', command: 'python3', isThere: hasPython },
] as const

describe.each(receivers)('the receiver in $name', ({ info, file, command, isThere }) => {
  let running: ChildProcess | undefined
  let url = ''
  const post = async (headers: Readonly<Record<string, string>>, body: Buffer) => {
    const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })
    return { status: response.status, text: await response.text() }
  }

  beforeAll(async () => {
    if (!isThere) return
    writeFileSync(join(folder, file), blocksOf(info)[0] ?? '')
    if (info === 'ts') installSdk()
    const port = await freePort()
    url = `http://127.0.0.1:${port}/hooks`
    const WEBHOOK_SECRETS = `${renderHmacSecret(secret)} ${renderHmacSecret(old)}`
    running = spawn(command, [file], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: String(port), WEBHOOK_SECRETS },
      stdio: 'ignore',
    })
    await vi.waitFor(() => post({}, Buffer.from('{}')), { timeout: 20_000, interval: 100 })
  })
  afterAll(() => running?.kill())

  it.skipIf(!isThere)('takes what was signed with either secret during a rotation', async () => {
    expect((await post(signed(event), event)).status).toBe(204)
    expect((await post(signed(event, [old]), event)).status).toBe(204)
    expect((await post(signed(event, [newHmacSecret(), secret], [pair.secret]), event)).status).toBe(204)
    const erased = Buffer.from(String(event).replace(/"data":.*/, '"data":null,"erased":true}'))
    expect((await post(signed(erased), erased)).status).toBe(204)
  })

  it.skipIf(!isThere)('echoes the challenge', async () => {
    const challenge = bodyOf('webhook.challenge', { challenge: 'x'.repeat(43) })
    const answer = await post(signed(challenge), challenge)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({ challenge: 'x'.repeat(43) })
  })

  it.skipIf(!isThere)('takes nothing else', async () => {
    const late = String(seconds - 400)
    const lateSignature = signWebhook({ id, timestampSeconds: Number(late), body: event, hmac: [secret], ed25519: [] })
    const requests: readonly (readonly [Readonly<Record<string, string>>, Buffer])[] = [
      [{}, event],
      [signed(event, [newHmacSecret()]), event],
      [signed(event), Buffer.from(`${String(event)} `)],
      [signed(Buffer.from('words')), Buffer.from('words')],
      [{ ...signed(event), 'webhook-timestamp': late, 'webhook-signature': lateSignature }, event],
      [{ ...signed(event), 'webhook-timestamp': `${seconds}junk` }, event],
      [{ ...signed(event), 'webhook-id': 'evt_2' }, event],
      [{ ...signed(event), 'webhook-signature': 'v1,' }, event],
    ]
    for (const [headers, body] of requests) expect((await post(headers, body)).status).toBe(400)
    const large = Buffer.alloc(64 * 1024 + 1, 32)
    expect((await post(signed(large), large)).status).toBe(413)
  })
})

describe('v1a in Python', () => {
  const verified = (headers: object, body: Buffer, publicKey: string): string => {
    const driver = `
import json, sys, base64
given = json.load(sys.stdin)
try:
    event = verify_webhook(given["headers"].items(), base64.b64decode(given["body"]), public_keys=[given["key"]])
    print(event["id"])
except ValueError:
    print("refused")
`
    const program = [...blocksOf('python').map((text) => text.replace(/^if __name__[\s\S]*/m, '')), driver].join('\n')
    const input = JSON.stringify({ headers, body: body.toString('base64'), key: publicKey })
    return execFileSync('python3', ['-c', program], { input, encoding: 'utf8' }).trim()
  }

  it.skipIf(!hasCryptography)('is verified with the public key alone, where cryptography is installed', () => {
    expect(verified(signed(event, [secret], [pair.secret]), event, pair.publicKey)).toBe(id)
    expect(verified(signed(event, [], [newEd25519Secret().secret]), event, pair.publicKey)).toBe('refused')
    expect(verified(signed(event), event, pair.publicKey)).toBe('refused')
    expect(verified(signed(event, [], [pair.secret]), Buffer.from('{}'), pair.publicKey)).toBe('refused')
  })
})

describe('the request that is shown', () => {
  it('is signed under the secret that stands above it', () => {
    const [request = ''] = blocksOf('text')
    const header = (name: string) => z.string().parse(new RegExp(`^${name}: (.*)$`, 'm').exec(request)?.[1])
    const [shownSecret = ''] = /whsec_[A-Za-z0-9+/=]{32,}/.exec(page) ?? []
    const signature = signWebhook({
      id: header('webhook-id'),
      timestampSeconds: Number(header('webhook-timestamp')),
      body: Buffer.from(request.slice(request.indexOf('\n\n') + 2)),
      hmac: [new Secret(Buffer.from(shownSecret.slice('whsec_'.length), 'base64'))],
      ed25519: [],
    })
    expect(header('webhook-signature')).toBe(signature)
  })
})

/** Where the receiver's own installation would put it. */
function installSdk(): void {
  const target = join(folder, 'node_modules/@hyponema/sdk')
  mkdirSync(target, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  execFileSync(process.execPath, [join(root, 'tools/build-sdk.mjs'), target], { cwd: root, stdio: 'pipe' })
}
