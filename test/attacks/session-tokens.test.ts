/**
 * What is tried with a session token (data-boundary 3), by name, through the public door: the messages of a text session
 * and the join of a voice session. Each is refused, nothing of the session begins, and the token that was issued still
 * works. What is done to the text of a token alone, character by character, stands in session-token.attack.test.ts.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SessionClaims, verifySessionToken } from '../../packages/server/src/guards/session-token.ts'
import { keyringKeyService } from '../../packages/server/src/platform/crypto/keyring-key-service.ts'
import { rotateSigningKeys } from '../../packages/server/src/platform/crypto/rotate-signing-keys.ts'
import {
  macedRaw,
  type RawToken,
  readRaw,
  signedRaw,
  unsignedRaw,
} from '../../packages/server/src/platform/crypto/test-harness/token-fixtures.ts'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, openApi, publicOrigin } from '../api/api-harness.ts'
import { joinRequest } from '../api/join-request.ts'
import { createdSession, type MadeAgent, type MadeSession, publishedAgent } from '../api/made-things.ts'
import { say, send } from '../api/talk.ts'

const shop = 'https://shop.example'

describe('an attack with a session token', () => {
  let api: Api
  let agent: MadeAgent
  const stranger = generateKeyPairSync('ed25519')
  beforeAll(async () => {
    api = await openApi()
    const document = scriptedDocument({
      voice: {},
      allowed_origins: ['self', shop],
      dynamic_variables: [{ name: 'plan', default: 'free' }],
    })
    agent = await publishedAgent(api.a, document)
  })
  afterAll(() => api.close())

  const ourKey = async () => (await api.installation.signingKeys.signing()).privateKey
  /** The token of a session, read, changed and signed again by us: what nobody else can do. */
  const resigned = async (session: MadeSession, payload: object, header: object = {}): Promise<string> => {
    const raw = readRaw(session.token)
    return signedRaw({ header: { ...raw.header, ...header }, payload: { ...raw.payload, ...payload } }, await ourKey())
  }
  const refusal = async (session: MadeSession, token: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await send(api, { ...session, token }, 'hi', headers)
    const text = await answer.text()
    return { status: answer.status, code: /"code":"([a-z_.]+)"/.exec(text)?.[1] }
  }
  const statusOf = async (session: MadeSession) =>
    (await api.ask<{ status: string }>('select status from tenant.sessions where id = $1', [session.uuid]))[0]?.status
  const invalid = { status: 401, code: 'session.token_invalid' }
  const foreign = { status: 403, code: 'session.origin_refused' }

  const publicPem = async (session: MadeSession) => {
    const { kid } = readRaw(session.token).header
    const key = await api.installation.signingKeys.verifying(String(kid))
    return key?.export({ type: 'spki', format: 'pem' }).toString() ?? ''
  }

  type Forge = (session: MadeSession, other: MadeSession) => Promise<string> | string
  const rawWith = (session: MadeSession, header: object): RawToken => {
    const raw = readRaw(session.token)
    return { ...raw, header: { ...raw.header, ...header } }
  }
  const jwk = (): object => stranger.publicKey.export({ format: 'jwk' })

  test.each<readonly [string, Forge]>([
    [
      'algorithm confusion: HS256 under the public key',
      async (mine) => macedRaw(rawWith(mine, { alg: 'HS256' }), await publicPem(mine)),
    ],
    ['algorithm confusion: another curve in the header', async (mine) => resigned(mine, {}, { alg: 'ES256' })],
    ['none', (mine) => unsignedRaw(rawWith(mine, { alg: 'none' }))],
    ['none, with our signature', (mine) => unsignedRaw(rawWith(mine, { alg: 'none' }), mine.token.split('.')[2])],
    ['kid injection: a path', (mine) => signedRaw(rawWith(mine, { kid: '../../dev/null' }), stranger.privateKey)],
    ['kid injection: SQL', (mine) => signedRaw(rawWith(mine, { kid: "sig-1' or 1=1 --" }), stranger.privateKey)],
    [
      'kid injection: a key that is not there',
      (mine) => signedRaw(rawWith(mine, { kid: 'sig-999' }), stranger.privateKey),
    ],
    [
      'kid injection: a property of every object',
      (mine) => signedRaw(rawWith(mine, { kid: '__proto__' }), stranger.privateKey),
    ],
    [
      "kid injection: the stranger's key in the header",
      (mine) => signedRaw(rawWith(mine, { jwk: jwk() }), stranger.privateKey),
    ],
    [
      'kid injection: a key to fetch',
      (mine) => signedRaw(rawWith(mine, { jku: 'https://attacker.example/keys' }), stranger.privateKey),
    ],
    ['another session: its token', (_mine, other) => other.token],
    ['another session: the subject changed, signed by us', async (mine, other) => resigned(other, { sub: mine.uuid })],
    [
      'replay: the token before the last one',
      async (mine) => {
        const old = mine.token
        await api.ask('update tenant.sessions set token_jti = gen_random_uuid() where id = $1', [mine.uuid])
        return old
      },
    ],
    ['clock skew: 6 seconds from now', async (mine) => resigned(mine, { iat: Math.floor(Date.now() / 1000) + 60 })],
    ['clock skew: over since 6 seconds', async (mine) => resigned(mine, { exp: Math.floor(Date.now() / 1000) - 6 })],
    ['truncated: the last character', (mine) => mine.token.slice(0, -1)],
    ['truncated: the signature', (mine) => mine.token.slice(0, mine.token.lastIndexOf('.') + 1)],
    ['truncated: nothing but the header', (mine) => mine.token.slice(0, mine.token.indexOf('.'))],
    ['10 kB of one letter', () => 'a'.repeat(10_000)],
    ['10 kB signed by us', async (mine) => resigned(mine, { filler: 'x'.repeat(10_000) })],
  ])('%s', async (_name, forge) => {
    const [mine, other] = [await createdSession(api.a, agent), await createdSession(api.a, agent)]
    expect(await refusal(mine, await forge(mine, other))).toEqual(invalid)
    expect(await statusOf(mine)).toBe('pending')
    expect(await statusOf(other)).toBe('pending')
  })

  test('the token as it was issued is good, or the refusals above would prove nothing', async () => {
    const session = await createdSession(api.a, agent)
    expect((await say(api, { ...session, token: await resigned(session, {}) }, 'hi')).last).toMatchObject({
      event: 'turn_end',
    })
  })

  test.each([
    [
      'changed variables',
      'update tenant.sessions set variables = (select variables from tenant.sessions where id = $2) where id = $1',
    ],
    ['another agent version', 'update tenant.sessions set agent_version = 2 where id = $1'],
    [
      'another user',
      'update tenant.sessions set user_id = (select user_id from tenant.sessions where id = $2) where id = $1',
    ],
    ['another kind of client', "update tenant.sessions set client = 'browser' where id = $1"],
  ])('%s behind the back of the token: the session does not begin', async (_name, change) => {
    await publishAgain()
    const [mine, other] = [
      await createdSession(api.a, agent, { dynamic_variables: { plan: 'free' } }),
      await createdSession(api.a, agent, { user_id: 'person-2', dynamic_variables: { plan: 'gold' } }),
    ]
    await api.ask(`${change}${change.includes('$2') ? '' : ' and $2::uuid is not null'}`, [mine.uuid, other.uuid])
    const answer = await refusal(mine, mine.token)
    expect(answer.status).toBeGreaterThanOrEqual(401)
    expect(await statusOf(mine)).toBe('pending')
  })

  test.each<readonly [string, Partial<SessionClaims>]>([
    ['changed variables', { variablesSha256: createHash('sha256').update('{"plan":"gold"}').digest('hex') }],
    [
      'another list of origins',
      { originsSha256: createHash('sha256').update('["https://attacker.example"]').digest('hex') },
    ],
    ['another agent version', { agentVersion: 99 }],
    ['another modality', { modality: 'voice+text' }],
    ['another kind of client', { client: 'browser' }],
  ])('%s in a join that we would have signed: refused', async (_name, changes) => {
    const session = await createdSession(api.a, agent)
    const request = { ...(await joinRequest(api, session, 'turn')), ...changes, kind: 'turn' as const }
    await expect(api.host.join(request)).rejects.toMatchObject({ code: 'session.token_invalid' })
    expect(await statusOf(session)).toBe('pending')
  })

  test('replay: a connect token opens one socket, also when two try at once', async () => {
    const session = await createdSession(api.a, agent, { modality: 'voice' })
    const request = await joinRequest(api, session, 'connect')
    const results = await Promise.allSettled([api.host.join(request), api.host.join(request), api.host.join(request)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected'])
    await expect(api.host.join(request)).rejects.toMatchObject({ code: 'session.token_invalid' })
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
  })

  test('another origin, none, and one too many', async () => {
    const session = await createdSession(api.a, agent, { client: 'browser' })
    for (const origin of [
      'https://attacker.example',
      'null',
      `${shop}.attacker.example`,
      `${shop}:444`,
      shop.toUpperCase(),
    ]) {
      expect([origin, await refusal(session, session.token, { origin })]).toEqual([origin, foreign])
    }
    expect(await refusal(session, session.token)).toEqual(foreign)
    const native = await createdSession(api.a, agent)
    expect(await refusal(native, native.token, { origin: publicOrigin })).toEqual(foreign)
    expect([await statusOf(session), await statusOf(native)]).toEqual(['pending', 'pending'])
  })

  test('revocation: a token ends with its session', async () => {
    const session = await createdSession(api.a, agent)
    await say(api, session, 'hi')
    await api.a.call('POST', `/v1/sessions/${session.id}/end`)
    // What the signal of the end wakes; it is not listened for here.
    await api.host.renewLeases()
    expect(await refusal(session, session.token)).toEqual({ status: 409, code: 'session.not_live' })
  })

  test('a token of the key before the last one is good; once that key is dropped it is not', async () => {
    const session = await createdSession(api.a, agent)
    const path = api.signingKeysPath
    const keys = keyringKeyService(api.installation.keyring, 'signing')
    const rotation = { keys, clock: api.clock, announce: () => Promise.resolve() }
    await rotateSigningKeys(path, { ...rotation, dropAll: false })
    api.pass(1_000)
    const next = await createdSession(api.a, agent)
    expect([readRaw(session.token).header['kid'], readRaw(next.token).header['kid']]).toEqual(['sig-1', 'sig-2'])
    await say(api, session, 'hi')
    await rotateSigningKeys(path, { ...rotation, dropAll: true })
    api.pass(1_000)
    expect(await refusal(next, next.token)).toEqual(invalid)
    const last = await createdSession(api.a, agent)
    await say(api, last, 'hi')
  })

  test('an override is taken where the version allows it, and named where it does not', async () => {
    const create = (overrides: object) =>
      api.a.call('POST', '/v1/sessions', { body: { agent_id: agent.id, user_id: 'u', overrides } })
    const refused = await create({ 'persona.first_message': 'Obey me.' })
    expect([refused.status, refused.code(), refused.pointers()]).toEqual([
      422,
      'session.override_refused',
      ['/overrides/persona.first_message'],
    ])
    const unknown = await create({ 'model.base_url': 'https://attacker.example' })
    expect([unknown.status, unknown.code()]).toEqual([422, 'request.invalid'])
    const open = await publishedAgent(api.a, scriptedDocument({ overridable: ['persona.first_message'] }))
    const taken = await createdSession(api.a, open, { overrides: { 'persona.first_message': 'Welcome back.' } })
    expect((await say(api, taken, { start: true })).text).toBe('Welcome back.')
  })

  test('what a token says is what was issued, and no more', async () => {
    const session = await createdSession(api.a, agent)
    const claims = await verifySessionToken({
      keys: api.installation.signingKeys,
      clock: api.clock,
      token: session.token,
    })
    const { checkOrigins: _origins, ...expected } = await joinRequest(api, session, 'turn')
    expect(claims).toEqual(expected)
    expect(JSON.stringify(readRaw(session.token).payload)).not.toContain('person-1')
  })

  async function publishAgain(): Promise<void> {
    const { status } = await api.a.call('POST', `/v1/agents/${agent.id}/publish`, { body: {} })
    expect([201, 409]).toContain(status)
  }
})
