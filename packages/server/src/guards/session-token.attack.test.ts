/** What somebody without our signing key tries on the readers of tokens, for sessions and for operators alike. */
import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { provenScope } from '../kernel/workspace-scope.ts'
import { refusalOfAsync, standingClock, startMs, testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import {
  macedRaw,
  type RawToken,
  readRaw,
  signedRaw,
  testSigningKeys,
  unsignedRaw,
} from '../platform/crypto/test-harness/token-fixtures.ts'
import { issueOperatorToken, operatorTokenLifeMs } from './operator-token.ts'
import { issueSessionToken, type SessionClaims, verifySessionToken } from './session-token.ts'
import { operatorVerifier } from './test-harness/operator-verifier.ts'

const keys = testSigningKeys()
const stranger = generateKeyPairSync('ed25519')
const claims: SessionClaims = {
  sessionId: testUuid(1),
  scope: provenScope(testUuid(2)),
  agentId: testUuid(3),
  agentVersion: 4,
  userId: testUuid(5),
  variablesSha256: 'a'.repeat(64),
  originsSha256: 'b'.repeat(64),
  modality: 'text',
  client: 'browser',
  kind: 'turn',
  jti: testUuid(6),
}

const memberships = new Map([
  [
    `${testUuid(2)} ${testUuid(7)}`,
    { id: testUuid(7), role: 'owner', version: 1, workspaceName: 'W', isCanary: false } as const,
  ],
])

type Reader = {
  readonly name: string
  readonly code: string
  readonly issue: () => Promise<string>
  readonly read: (token: string, nowMs?: number) => Promise<unknown>
  readonly lifeMs: number
}

const readers: readonly Reader[] = [
  {
    name: 'session',
    code: 'session.token_invalid',
    lifeMs: 60_000,
    issue: () => issueSessionToken({ keys, clock: standingClock(), claims, expiresAtMs: startMs + 60_000 }),
    read: (token, nowMs) => verifySessionToken({ keys, clock: standingClock(nowMs), token }),
  },
  {
    name: 'operator',
    code: 'api_key.invalid',
    lifeMs: operatorTokenLifeMs,
    issue: async () => {
      const place = { workspaceId: testUuid(2), operatorId: testUuid(7) }
      return (await issueOperatorToken({ keys, clock: standingClock(), ...place, version: 1, jti: testUuid(6) })).token
    },
    read: (token, nowMs) => operatorVerifier({ keys, clock: standingClock(nowMs), stored: memberships })(token),
  },
]

describe.each(readers)('an attack on the reader of $name tokens', ({ code, issue, read, lifeMs }) => {
  const refusal = (token: string, nowMs?: number) => refusalOfAsync(read(token, nowMs))
  const rawOf = async (changes: { header?: object; payload?: object } = {}): Promise<RawToken> => {
    const { header, payload } = readRaw(await issue())
    return { header: { ...header, ...changes.header }, payload: { ...payload, ...changes.payload } }
  }
  const resigned = async (changes: { header?: object; payload?: object }) =>
    signedRaw(await rawOf(changes), keys.active.privateKey)

  it('fails only where the token is not ours: the same token, signed again unchanged, is read', async () => {
    expect(await refusal(await issue())).toBeUndefined()
    expect(await refusal(await resigned({}))).toBeUndefined()
    expect(
      await refusal(signedRaw(await rawOf({ header: { kid: 'sig-1' } }), keys.retiring.privateKey)),
    ).toBeUndefined()
  })

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('fails with alg %j and no signature, or ours', async (alg) => {
    const raw = await rawOf({ header: { alg } })
    expect(await refusal(unsignedRaw(raw))).toBe(code)
    expect(await refusal(unsignedRaw(raw, 'AA'))).toBe(code)
    expect(await refusal(signedRaw(raw, keys.active.privateKey))).toBe(code)
  })

  it.each(['HS256', 'HS512', 'EdDSA'])('fails with alg %s and the public key as the secret of an HMAC', async (alg) => {
    const publicKey = keys.publicKeys.get('sig-2')
    const raw = await rawOf({ header: { alg } })
    const pem = publicKey?.export({ format: 'pem', type: 'spki' }) ?? ''
    const der = publicKey?.export({ format: 'der', type: 'spki' }) ?? ''
    const jwk = JSON.stringify(publicKey?.export({ format: 'jwk' }))
    const point = Buffer.from(publicKey?.export({ format: 'jwk' }).x ?? '', 'base64url')
    for (const key of [pem, der, jwk, point, '']) expect(await refusal(macedRaw(raw, key))).toBe(code)
  })

  it.each(['ES256', 'RS256', 'PS256', 'Ed25519', 'eddsa', 'EdDSA ', 5, null, undefined, ['EdDSA']])(
    'fails with alg %j and a signature of ours',
    async (alg) => {
      expect(await refusal(await resigned({ header: { alg } }))).toBe(code)
    },
  )

  it.each([
    'sig-9',
    '../../../../dev/null',
    '/dev/null',
    "sig-2' or '1'='1",
    'http://127.0.0.1/key',
    'sig-1',
    'SIG-2',
    'sig-2\u0000',
    '',
    '__proto__',
    'constructor',
    2,
    null,
    undefined,
    ['sig-2'],
  ])('fails with kid %j', async (kid) => {
    expect(await refusal(await resigned({ header: { kid } }))).toBe(code)
    expect(await refusal(signedRaw(await rawOf({ header: { kid } }), stranger.privateKey))).toBe(code)
  })

  it("fails with the stranger's own key embedded, named or linked in the header", async () => {
    const jwk = stranger.publicKey.export({ format: 'jwk' })
    const x5c = [stranger.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')]
    const injected = [
      { jwk },
      { jwk, kid: undefined },
      { jku: 'https://attacker.example/jwks.json' },
      { x5u: 'https://attacker.example/cert.pem' },
      { x5c },
      { jwk, jku: 'https://attacker.example/jwks.json', x5c, kid: 'attacker' },
    ]
    for (const header of injected) {
      expect(await refusal(signedRaw(await rawOf({ header }), stranger.privateKey))).toBe(code)
    }
  })

  it.each([{ crit: ['exp'] }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: ['x'], x: 1 }])(
    'fails with the critical header %j, even signed by us',
    async (header) => {
      expect(await refusal(await resigned({ header }))).toBe(code)
    },
  )

  it.each(['JWT', 'at+jwt', 'hyponema+jwt', '', undefined, null, 5])('fails with typ %j', async (typ) => {
    expect(await refusal(await resigned({ header: { typ } }))).toBe(code)
  })

  it('fails with the token of the other kind, as it is, with its type changed, or with its audience changed', async () => {
    for (const other of readers.filter((reader) => reader.code !== code)) {
      const token = await other.issue()
      const { header, payload } = readRaw(token)
      const own = await rawOf()
      const { typ } = readRaw(unsignedRaw(own)).header
      const { aud } = readRaw(unsignedRaw(own)).payload
      expect(await refusal(token)).toBe(code)
      for (const raw of [
        { header: { ...header, typ }, payload },
        { header, payload: { ...payload, aud } },
        { header: { ...header, typ }, payload: { ...payload, aud } },
      ]) {
        expect(await refusal(signedRaw(raw, keys.active.privateKey))).toBe(code)
      }
    }
  })

  it.each(['hyponema:other', '', 'hyponema:session hyponema:workspace-api', undefined, null, 5, {}, []])(
    'fails with the audience %j',
    async (aud) => {
      expect(await refusal(await resigned({ payload: { aud } }))).toBe(code)
    },
  )

  it.each(['Hyponema', 'hyponema ', 'https://attacker.example', '', undefined, null, ['hyponema']])(
    'fails with the issuer %j',
    async (iss) => {
      expect(await refusal(await resigned({ payload: { iss } }))).toBe(code)
    },
  )

  it('lasts until it expires, plus 5 seconds for clocks that differ, and not one more', async () => {
    const token = await issue()
    expect(await refusal(token, startMs + lifeMs - 1000)).toBeUndefined()
    expect(await refusal(token, startMs + lifeMs + 4_000)).toBeUndefined()
    expect(await refusal(token, startMs + lifeMs + 5_000)).toBe(code)
    expect(await refusal(token, startMs + 365 * 86_400_000)).toBe(code)
  })

  it('fails when it was issued in the future, beyond 5 seconds', async () => {
    const token = await issue()
    expect(await refusal(token, startMs - 5_000)).toBeUndefined()
    expect(await refusal(token, startMs - 6_000)).toBe(code)
    expect(await refusal(token, 0)).toBe(code)
  })

  it('fails with a life longer than its kind may have, even signed by us', async () => {
    const seconds = startMs / 1000
    const longest = code === 'api_key.invalid' ? operatorTokenLifeMs / 1000 : 3600
    expect(await refusal(await resigned({ payload: { exp: seconds + longest } }))).toBeUndefined()
    expect(await refusal(await resigned({ payload: { exp: seconds + longest + 1 } }))).toBe(code)
    expect(await refusal(await resigned({ payload: { exp: Number.MAX_SAFE_INTEGER } }))).toBe(code)
    expect(await refusal(await resigned({ payload: { iat: -seconds } }))).toBe(code)
  })

  it('fails with its own type in another spelling, and with its audience in a list', async () => {
    const { header, payload } = readRaw(await issue())
    const typ = String(header['typ'])
    for (const spelling of [`application/${typ}`, typ.toUpperCase(), ` ${typ}`]) {
      expect(await refusal(await resigned({ header: { typ: spelling } }))).toBe(code)
    }
    expect(await refusal(await resigned({ payload: { aud: [payload['aud']] } }))).toBe(code)
    expect(await refusal(await resigned({ payload: { aud: ['other', payload['aud']] } }))).toBe(code)
  })

  it('fails before its not-before time', async () => {
    const seconds = startMs / 1000
    expect(await refusal(await resigned({ payload: { nbf: seconds + 5 } }))).toBeUndefined()
    expect(await refusal(await resigned({ payload: { nbf: seconds + 6 } }))).toBe(code)
  })

  it.each(['exp', 'iat', 'jti', 'sub', 'iss', 'aud', 'workspace'])('fails without the claim %s', async (claim) => {
    expect(await refusal(await resigned({ payload: { [claim]: undefined } }))).toBe(code)
  })

  it.each([
    ['exp', '9999999999'],
    ['exp', null],
    ['exp', -1],
    ['exp', 0],
    ['iat', '0'],
    ['iat', null],
    ['nbf', 'now'],
    ['sub', 5],
    ['sub', ['x']],
    ['sub', ''],
    ['workspace', 5],
    ['workspace', null],
    ['workspace', {}],
    ['workspace', testUuid(2).toUpperCase()],
    ['workspace', `${testUuid(2)} `],
    ['workspace', `{${testUuid(2)}}`],
    ['workspace', [testUuid(2)]],
  ])('fails with the claim %s as %j, even signed by us', async (claim, value) => {
    expect(await refusal(await resigned({ payload: { [claim]: value } }))).toBe(code)
  })

  it.each(['null', '[]', '"x"', '5', '{', '', '{"exp":1e99}'])(
    'fails with the payload %j, even signed by us',
    async (text) => {
      const [header = ''] = (await issue()).split('.')
      const body = Buffer.from(text).toString('base64url')
      const signature = sign(null, Buffer.from(`${header}.${body}`), keys.active.privateKey).toString('base64url')
      expect(await refusal(`${header}.${body}.${signature}`)).toBe(code)
    },
  )

  it('fails with another signature: none, of a stranger, of another token, of zeros', async () => {
    const token = await issue()
    const input = token.slice(0, token.lastIndexOf('.'))
    const other = (await resigned({ payload: { jti: testUuid(99) } })).split('.')[2] ?? ''
    expect(await refusal(`${input}.`)).toBe(code)
    expect(await refusal(input)).toBe(code)
    expect(await refusal(`${input}.${other}`)).toBe(code)
    expect(await refusal(`${input}.${Buffer.alloc(64).toString('base64url')}`)).toBe(code)
    expect(await refusal(signedRaw(await rawOf(), stranger.privateKey))).toBe(code)
  })

  it('fails cut at every length', async () => {
    const token = await issue()
    for (let length = 0; length < token.length; length += 1) expect(await refusal(token.slice(0, length))).toBe(code)
  })

  it('fails with anything before, behind or between', async () => {
    const token = await issue()
    const [header = '', payload = '', signature = ''] = token.split('.')
    const spellings = [
      `${token}.`,
      `.${token}`,
      `${token}.${signature}`,
      `${header}..${payload}.${signature}`,
      `${header}.${payload}.${signature}.e30.AA`,
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `${token}=`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload}\u0000.${signature}`,
      `Bearer ${token}`,
      token.replaceAll('.', '\uff0e'),
      JSON.stringify({ protected: header, payload, signature }),
      `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`,
    ]
    for (const spelling of spellings) expect(await refusal(spelling), spelling).toBe(code)
  })

  it('fails at 10 kB, whether of rubbish or signed by us', async () => {
    expect(await refusal('a'.repeat(10_000))).toBe(code)
    expect(await refusal('a.'.repeat(5_000))).toBe(code)
    expect(await refusal(await resigned({ payload: { filler: 'x'.repeat(10_000) } }))).toBe(code)
  })

  it('fails for every character that is changed, and there is no second spelling of a good one', async () => {
    const token = await issue()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const character of alphabet) {
      const changed = `${token.slice(0, -1)}${character}`
      if (changed !== token) expect(await refusal(changed)).toBe(code)
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...alphabet), async (at, character) => {
        fc.pre(token[at] !== character)
        expect(await refusal(`${token.slice(0, at)}${character}${token.slice(at + 1)}`)).toBe(code)
      }),
      { numRuns: 200 },
    )
  })

  it('fails for any text, and never in another way', async () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('.', 'e', 'A', '-', '{', '"', '\u0000') }))
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await refusal(token)).toBe(code)
      }),
    )
  })
})

describe('claims of a kind, signed by us with another value', () => {
  it.each([
    ['agent', 'x'],
    ['agent_version', 1],
    ['agent_version', '0'],
    ['agent_version', '01'],
    ['agent_version', '1e3'],
    ['agent_version', '-1'],
    ['user', 'usr_1'],
    ['variables_sha256', 'a'.repeat(63)],
    ['variables_sha256', 'A'.repeat(64)],
    ['origins_sha256', ''],
    ['modality', 'video'],
    ['client', 'robot'],
    ['kind', 'socket'],
    ['jti', 'x'],
    ['sub', testUuid(1).replaceAll('-', '')],
  ])('a session token with %s as %j is refused', async (claim, value) => {
    const { header, payload } = readRaw(await (readers[0]?.issue() ?? ''))
    const token = signedRaw({ header, payload: { ...payload, [claim]: value } }, keys.active.privateKey)
    expect(await refusalOfAsync(verifySessionToken({ keys, clock: standingClock(), token }))).toBe(
      'session.token_invalid',
    )
  })

  it.each(['owner', 'system', '', 5, null, ['owner']])(
    'an operator token that says the role %j has that of its row, though we signed it',
    async (role) => {
      const { header, payload } = readRaw(await (readers[1]?.issue() ?? ''))
      const token = signedRaw({ header, payload: { ...payload, role } }, keys.active.privateKey)
      const stored = new Map(
        [...memberships].map(([place, membership]) => [place, { ...membership, role: 'auditor' }] as const),
      )
      const principal = await operatorVerifier({ keys, clock: standingClock(), stored })(token)
      expect(principal).toMatchObject({ kind: 'operator', role: 'auditor' })
    },
  )
})
