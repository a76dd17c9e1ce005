/** Every other feature and failure that has to do with a secret: the API, sign-in, the host's commands, and requests with a key in a wrong place. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { publishAgent } from '../end-to-end/published-agent.ts'
import { askAsSuperuser } from './ask-as-superuser.ts'
import { apiKeyMarker, type CanaryWorld, keyringMarkers } from './canary-world.ts'
import { echoNames } from './echoing-servers.ts'
import { openSession, seal } from './hold-conversations.ts'
import { base64Marker, newProviderKey, textMarker, tokenMarker } from './marker.ts'
import type { Answer } from './recorder.ts'

const keySchema = z.object({ id: z.string(), key: z.string() })
const signedInSchema = z.object({ access_token: z.string() })
const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
})

/** Credentials of every kind; repeats, a deletion, and two that do not open. */
export async function useCredentials(world: CanaryWorld): Promise<void> {
  const { operator, keys } = world
  for (const kind of ['telephony', 'webhook', 'internal_api'] as const) {
    const id = await seal(world, kind, 'somebody')
    await operator('GET', `/v1/credentials/${id}`)
    await operator('DELETE', `/v1/credentials/${id}`)
  }
  const body = { kind: 'model', provider: 'aimock', label: 'Repeated', secret: keys.model }
  for (const secret of [keys.model, keys.model, keys.voice]) {
    const headers = { authorization: `Bearer ${world.operatorToken}`, 'idempotency-key': 'the-same' }
    await world.recorder.send('/v1/credentials', { method: 'POST', headers, body: { ...body, secret } })
  }
  await operator('GET', '/v1/credentials')
  for (const change of ["kek_id = 'credentials-77'", 'sealed = set_byte(sealed, 90, 255 - get_byte(sealed, 90))']) {
    const id = await seal(world, 'model', 'aimock')
    const agentId = await publishAgent(world.call, `Unreadable ${id}`, {
      persona: { prompt: 'A talker.' },
      model: {
        kind: 'openai_compatible',
        provider: 'custom',
        base_url: `${world.wires.model.url}/v1`,
        model: 'any',
        credential_id: id,
      },
      policy: {},
    })
    const [row] = await askAsSuperuser<{ id: string }>(
      world.home,
      'select credential_id as id from tenant.credential_versions order by created_at desc limit 1',
    )
    await askAsSuperuser(world.home, `update tenant.credential_versions set ${change} where credential_id = $1`, [
      row?.id,
    ])
    const session = await openSession(world, agentId)
    const headers = { authorization: `Bearer ${session.token}` }
    await world.recorder.send(`/v1/sessions/${session.id}/messages`, {
      method: 'POST',
      headers,
      body: { text: 'hello' },
    })
    await world.call('POST', `/v1/sessions/${session.id}/end`, {})
  }
}

/** A key is asked for by a test, which the provider answers by repeating it; rotated, and revoked while a session has it. */
export async function endCredentials(world: CanaryWorld): Promise<void> {
  const { operator, wires } = world
  for (const echo of echoNames) {
    const base_url = `${wires['echoing model'].url}/fail/401/${encodeURIComponent(echo)}`
    const answer = await operator('POST', '/v1/credentials', {
      kind: 'model',
      provider: 'custom',
      label: echo,
      secret: world.keys.model,
      base_url,
    })
    await operator('POST', `/v1/credentials/${idOf(answer)}/test`, {})
  }
  const id = await seal(world, 'model', 'aimock')
  const agentId = await publishAgent(world.call, 'Rotated', {
    persona: { prompt: 'A talker.' },
    model: {
      kind: 'openai_compatible',
      provider: 'custom',
      base_url: `${wires.model.url}/v1`,
      model: 'any',
      credential_id: id,
    },
    policy: {},
  })
  const session = await openSession(world, agentId)
  const say = (): Promise<unknown> =>
    world.recorder.send(`/v1/sessions/${session.id}/messages`, {
      method: 'POST',
      credential: session.token,
      body: { text: 'hello' },
    })
  await say()
  const next = newProviderKey()
  world.markers.push(textMarker('a rotated key', next))
  await operator('POST', `/v1/credentials/${id}/rotate`, { secret: next, grace_seconds: 600 })
  // The session that runs keeps the version it has loaded; a new one takes the new one.
  await say()
  const newer = await openSession(world, agentId)
  const ask = { method: 'POST', credential: newer.token, body: { text: 'hello' } }
  await world.recorder.send(`/v1/sessions/${newer.id}/messages`, ask)
  await operator('POST', `/v1/credentials/${id}/versions/1/revoke`, {})
  await operator('POST', `/v1/credentials/${id}/revoke`, {})
  await say()
  for (const noun of ['', '/versions', '/openings']) await operator('GET', `/v1/credentials/${id}${noun}`)
  for (const { id: sessionId } of [session, newer]) await world.call('POST', `/v1/sessions/${sessionId}/end`, {})
}

function idOf({ body, text }: Answer): string {
  const made = z.object({ id: z.string() }).safeParse(body)
  if (!made.success) throw new Error(text)
  return made.data.id
}

export async function useApiKeys(world: CanaryWorld): Promise<void> {
  const { operator } = world
  const { id, key } = keySchema.parse(
    (await operator('POST', '/v1/api-keys', { label: 'Canary', scopes: ['agents:read'] })).body,
  )
  world.markers.push(apiKeyMarker('an API key', key))
  await world.recorder.send('/v1/agents', { credential: key })
  const wrong = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
  for (const given of [wrong, key.slice(0, -3), key.toLowerCase()])
    await world.recorder.send('/v1/agents', { credential: given })
  await world.recorder.send('/v1/agents', { credential: key, headers: { origin: 'https://shop.example' } })
  const rotated = keySchema.parse((await operator('POST', `/v1/api-keys/${id}/rotate`, {})).body)
  world.markers.push(apiKeyMarker('a rotated API key', rotated.key))
  await operator('POST', `/v1/api-keys/${rotated.id}/revoke`, {})
  await world.recorder.send('/v1/agents', { credential: rotated.key })
  await operator('GET', '/v1/api-keys')
}

/** From a link in a mail, which the embedded default prints, to a refresh and a sign-out; a second one is entered by its code. */
export async function signIn(world: CanaryWorld): Promise<void> {
  await world.command('member', 'add', '--email', 'ada@example.com')
  const page = new Page(world)
  await page.post('/auth/sign-in', { email: 'ada@example.com' })
  const link = await linkOf(world)
  world.markers.push(base64Marker('the secret of a link', link))
  const elsewhere = new Page(world)
  await elsewhere.post('/auth/confirm', { token: link })
  await page.post('/auth/code', { code: '000000' })
  const token = signedInSchema.parse((await page.post('/auth/confirm', { token: link })).body)
  world.markers.push(tokenMarker('the access token of a sign-in', token.access_token))
  for (const path of ['/auth/refresh', '/auth/refresh', '/auth/refresh/sign-out', '/auth/refresh'])
    await page.post(path, {}, { 'x-hyponema-refresh': '1' })
  await page.post('/auth/confirm', { token: link })
}

async function linkOf({ server }: CanaryWorld): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = /\/auth\/link#([A-Za-z0-9_-]{43})/.exec(server.output())?.[1]
    if (found !== undefined) return found
    await pause(25)
  }
  throw new Error('no mail was printed')
}

/** A page of ours: it keeps its cookies and says where it comes from. */
class Page {
  readonly #world: CanaryWorld
  readonly #cookies = new Map<string, string>()

  constructor(world: CanaryWorld) {
    this.#world = world
  }

  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const { url } = this.#world.server
    const sent = { origin: url, ...(cookie === '' ? {} : { cookie }), ...headers }
    const answer = await this.#world.recorder.send(path, { method: 'POST', body, headers: sent })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || line.includes('Max-Age=0')) this.#cookies.delete(name)
      else this.#keep(name, value)
    }
    return answer
  }

  #keep(name: string, value: string): void {
    this.#cookies.set(name, value)
    for (const [nth, form] of secretsOf(value).entries()) {
      const marker = `cookie ${name} ${nth} ${createHash('sha256').update(form).digest('hex').slice(0, 6)}`
      if (!this.#world.markers.some((known) => known.name === marker))
        this.#world.markers.push({ name: marker, forms: [form] })
    }
  }
}

/** A refresh cookie holds two secrets of 32 bytes after two ids; the cookie of a sign-in is one. */
function secretsOf(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value.replace(/^hyr_/, ''), 'base64url')
  return value.startsWith('hyr_') ? [bytes.subarray(32, 64), bytes.subarray(64, 96)] : [bytes]
}

/** A provider's key where none belongs: as the credential of a request, in headers, paths and queries, and in every field of every body. */
export async function putKeysInWrongPlaces(world: CanaryWorld): Promise<void> {
  const { recorder, keys } = world
  const key = keys.internal_api
  const quoted = encodeURIComponent(key)
  const basic = `Basic ${Buffer.from(`user:${key}`).toString('base64')}`
  for (const headers of [
    { authorization: `Bearer ${key}` },
    { authorization: key },
    { authorization: basic },
    { 'x-api-key': key },
    { cookie: `key=${quoted}` },
    { origin: `https://${quoted}` },
    { 'x-request-id': key },
    { 'x-forwarded-for': key },
    { 'content-type': key },
    { host: 'localhost', traceparent: key },
  ])
    await recorder.send('/v1/agents', { headers })
  for (const path of ['agents', 'credentials', 'sessions', 'users', 'api-keys', 'members', 'nothing']) {
    await world.operator('GET', `/v1/${path}/${quoted}`)
    await world.operator('GET', `/v1/${path}?cursor=${quoted}&limit=${quoted}`)
  }
  await recorder.send(`/auth/link?token=${quoted}`)
  await recorder.send(`/talk/${quoted}`)
  // The router keeps the last parameters of a route until the next request to it.
  await recorder.send('/talk/agt_x')
  for (const path of ['agents', 'credentials', 'sessions', 'users', 'api-keys', 'members'])
    await world.operator('GET', `/v1/${path}/x`)
  const { body } = await recorder.send('/v1/openapi.json')
  for (const [path, methods] of Object.entries(documentSchema.parse(body).paths)) {
    for (const method of Object.keys(methods)) {
      if (method === 'get' || method === 'delete' || path.endsWith('/sign-out-everywhere')) continue
      for (const wrong of wrongBodies(key))
        await recorder.send(path.replaceAll(/\{\w+\}/g, 'x'), {
          method: method.toUpperCase(),
          credential: world.operatorToken,
          body: wrong,
        })
    }
  }
}

const fields = [
  'label',
  'name',
  'kind',
  'provider',
  'secret',
  'agent_id',
  'user_id',
  'email',
  'role',
  'scopes',
  'document',
  'expires_at',
  'url',
  'text',
  'version',
  'note',
  'token',
  'code',
] as const

/** Each is refused: it has a field that nobody knows, or is no JSON at all. */
function wrongBodies(key: string): readonly unknown[] {
  return [
    { ...Object.fromEntries(fields.map((field) => [field, key])), nobody_knows: key },
    { ...Object.fromEntries(fields.map((field) => [field, [key, { deep: key }]])), nobody_knows: 1 },
    `{"label": "${key.replaceAll(/["\\]/g, '')}", `,
    key,
    JSON.stringify(key),
  ]
}

/** The commands that look at secrets, and some that are given one they do not expect. */
export async function runCommands(world: CanaryWorld): Promise<void> {
  await world.command('api-key', 'list')
  await world.command('api-key', 'revoke', world.keys.internal_api)
  await world.command('keys', 'rotate', '--purpose', 'api_key_pepper')
  for (const words of [['rotate'], ['status'], ['rewrap'], ['retire', 'credentials-1'], ['status', '--json']])
    await world.command('keys', ...words)
  const known = new Set(world.markers.map(({ name }) => name))
  world.markers.push(...(await keyringMarkers(world.home)).filter(({ name }) => !known.has(name)))
  await world.command('prove', '--static')
}
