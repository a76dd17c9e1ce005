import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WebhookHeaders } from './read-signed-headers.ts'
import { type VerifyWebhookOptions, verifyWebhook } from './verify-webhook.ts'
import { type WebhookVerificationCode, WebhookVerificationError } from './webhook-verification-error.ts'

const seconds = 1_700_000_000
const now = new Date(seconds * 1000)
const secret = Buffer.alloc(32, 7)
const otherSecret = Buffer.alloc(32, 8)
const pair = generateKeyPairSync('ed25519')
const id = 'evt_01jd3v8c3dj6q1p5a2z7f8e9r0'
const event = {
  id,
  type: 'transcript.ready',
  created_at: '2023-11-14T22:13:20.000Z',
  data: { session_id: 'ses_01jd3v7t6zf3m8k2x9w4c5b6n7', turn_count: 4 },
}
const body = Buffer.from(JSON.stringify(event))

const whsec = (bytes: Buffer) => `whsec_${bytes.toString('base64')}`
const whpk = (key: KeyObject) => `whpk_${key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`
const contentOf = (bytes: Uint8Array, timestamp: string, about: string) =>
  Buffer.concat([Buffer.from(`${about}.${timestamp}.`), bytes])
const v1 = (bytes: Uint8Array = body, { key = secret, timestamp = String(seconds), about = id } = {}) =>
  `v1,${createHmac('sha256', key)
    .update(contentOf(bytes, timestamp, about))
    .digest('base64')}`
const v1a = (bytes: Uint8Array = body, key = pair.privateKey) =>
  `v1a,${sign(null, contentOf(bytes, String(seconds), id), key).toString('base64')}`
const headersWith = (change: Readonly<Record<string, string>> = {}) => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': v1(),
  ...change,
})
const given = (change: Partial<VerifyWebhookOptions> = {}): VerifyWebhookOptions => ({
  headers: headersWith(),
  body,
  secrets: whsec(secret),
  now,
  ...change,
})
function refusal(options: VerifyWebhookOptions): WebhookVerificationCode | 'taken' {
  try {
    verifyWebhook(options)
    return 'taken'
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.code
    throw error
  }
}
const signedBy = (signature: string) => headersWith({ 'webhook-signature': signature })

describe('a webhook that is ours', () => {
  it('is returned as its event', () => {
    expect(verifyWebhook(given())).toEqual(event)
    expect(verifyWebhook(given({ body: body.toString() }))).toEqual(event)
    expect(verifyWebhook(given({ body: new Uint8Array(body) }))).toEqual(event)
  })

  const named = headersWith()
  it.each<readonly [string, WebhookHeaders]>([
    ['Headers', new Headers(named)],
    ['pairs', Object.entries(named)],
    ['a Map', new Map(Object.entries(named))],
    ['an object in any case', { 'Webhook-Id': id, 'WEBHOOK-TIMESTAMP': String(seconds), 'webhook-Signature': v1() }],
    ['what Node has, with others beside', { ...named, 'set-cookie': ['a=1', 'b=2'], 'x-none': undefined }],
  ])('may have its headers as %s', (_, headers) => {
    expect(verifyWebhook(given({ headers }))).toEqual(event)
  })

  it.each<readonly [string, Partial<VerifyWebhookOptions>]>([
    ['the newer of two secrets', { secrets: [whsec(otherSecret), whsec(secret)] }],
    ['one of two signatures', { headers: signedBy(`${v1(body, { key: otherSecret })} ${v1()}`) }],
    ['a signature of a version to come beside', { headers: signedBy(`v2,AAAA v99z,__-_ ${v1()}`) }],
    ['a public key', { headers: signedBy(v1a()), secrets: [], publicKeys: whpk(pair.publicKey) }],
    [
      'a public key, with v1 beside',
      { headers: signedBy(`${v1()} ${v1a()}`), secrets: [], publicKeys: [whpk(pair.publicKey)] },
    ],
    ['a secret where a public key does not fit', { publicKeys: whpk(generateKeyPairSync('ed25519').publicKey) }],
    [
      'a secret of 24 bytes',
      { secrets: whsec(Buffer.alloc(24, 1)), headers: signedBy(v1(body, { key: Buffer.alloc(24, 1) })) },
    ],
    ['its time, five minutes ago', { now: new Date((seconds + 300) * 1000 + 999) }],
    ['its time, five minutes ahead', { now: new Date((seconds - 300) * 1000) }],
    ['a tolerance of nothing', { toleranceSeconds: 0 }],
  ])('is known by %s', (_, change) => {
    expect(verifyWebhook(given(change))).toEqual(event)
  })

  it('may be a challenge, or an event whose person was erased', () => {
    for (const change of [
      { type: 'webhook.challenge', data: { challenge: 'abc' } },
      { data: null, erased: true },
    ]) {
      const bytes = Buffer.from(JSON.stringify({ ...event, ...change }))
      expect(verifyWebhook(given({ body: bytes, headers: signedBy(v1(bytes)) }))).toEqual({ ...event, ...change })
    }
  })
})

describe('a webhook is refused', () => {
  it.each<readonly [string, string]>([
    ['junk after it', '1700000000junk'],
    ['a space before', ' 1700000000'],
    ['a space behind', '1700000000 '],
    ['a line break', '1700000000\n'],
    ['an exponent', '17e8'],
    ['a sign', '+1700000000'],
    ['a minus', '-1700000000'],
    ['a fraction', '1700000000.0'],
    ['a leading zero', '01700000000'],
    ['hexadecimal', '0x6553f100'],
    ['separators', '1_700_000_000'],
    ['other digits', '\u0661\u0667\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0660'],
    ['two of them', '1700000000, 1700000000'],
    ['thirteen digits', '1700000000000'],
    ['no number', 'NaN'],
  ])('for a time with %s, even if that is what was signed', (_, timestamp) => {
    const signature = v1(body, { timestamp })
    const headers = headersWith({ 'webhook-timestamp': timestamp, 'webhook-signature': signature })
    expect(refusal(given({ headers }))).toBe('header_invalid')
  })

  it.each([301, -301, 86_400, 1_700_000_000])('when it was sent %i seconds away from now', (away) => {
    expect(refusal(given({ now: new Date((seconds + away) * 1000) }))).toBe('timestamp_out_of_tolerance')
  })

  it.each<readonly [string, string]>([
    ['another secret', v1(body, { key: otherSecret })],
    ['another body', v1(Buffer.from('{}'))],
    ['another id', v1(body, { about: 'evt_2' })],
    ['another time', v1(body, { timestamp: '1700000001' })],
    ['v1a without its key', v1a()],
    ['versions that are not known only', 'v2,AAAA'],
  ])('for a signature of %s', (_, signature) => {
    expect(refusal(given({ headers: signedBy(signature) }))).toBe('signature_mismatch')
  })

  const good = v1()
  it.each<readonly [string, string]>([
    ['a comma between', `${good},${good}`],
    ['a comma and a space between, as two headers are joined', `${good}, ${good}`],
    ['two spaces between', `${good}  ${good}`],
    ['a tab between', `${good}\t${good}`],
    ['a space before', ` ${good}`],
    ['a space behind', `${good} `],
    ['a comma behind', `${good},`],
    ['two commas', good.replace(',', ',,')],
    ['a space after the comma', good.replace(',', ', ')],
    ['no version', good.slice(3)],
    ['a version in capitals', good.replace('v1', 'V1')],
    ['an empty signature', 'v1,'],
    ['only a comma', ','],
    ['no padding', good.slice(0, -1)],
    ['too much padding', `${good}=`],
    ['the alphabet of URLs', `v1,${'-_'.repeat(21)}-=`],
    ['31 bytes', `v1,${Buffer.alloc(31).toString('base64')}`],
    ['33 bytes', `v1,${Buffer.alloc(33).toString('base64')}`],
    ['v1a of 63 bytes beside a good one', `${good} v1a,${Buffer.alloc(63).toString('base64')}`],
    ['a good one between broken ones', `v1 ${good} v1`],
    ['33 signatures', Array.from({ length: 33 }, () => 'v2,A').join(' ')],
    ['a megabyte of signatures', `${good} `.repeat(20_000)],
    ['a megabyte in a version to come', `v2,${'A'.repeat(1_000_000)} ${good}`],
  ])('for a list of signatures with %s', (_, signature) => {
    expect(refusal(given({ headers: signedBy(signature) }))).toBe('header_invalid')
  })

  it('for a signature whose unused bits are set, although it decodes to the right bytes', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    const last = good.at(-2) ?? ''
    const other = `${good.slice(0, -2)}${alphabet[alphabet.indexOf(last) + 1]}=`
    expect(Buffer.from(other.slice(3), 'base64')).toEqual(Buffer.from(good.slice(3), 'base64'))
    expect(refusal(given({ headers: signedBy(other) }))).toBe('header_invalid')
  })

  it.each<readonly [string, WebhookHeaders, WebhookVerificationCode]>([
    ['none of them', {}, 'header_missing'],
    ['no id', { 'webhook-timestamp': String(seconds), 'webhook-signature': v1() }, 'header_missing'],
    ['an empty signature', headersWith({ 'webhook-signature': '' }), 'header_missing'],
    ['an id twice, in two cases', { ...headersWith(), 'Webhook-Id': id }, 'header_invalid'],
    ['an id twice, in pairs', [...Object.entries(headersWith()), ['webhook-id', id]], 'header_invalid'],
    ['a list of one signature', { ...headersWith(), 'webhook-signature': [v1()] }, 'header_invalid'],
    ['an id with a dot', headersWith({ 'webhook-id': `${id}.1` }), 'header_invalid'],
    ['an id over two lines', headersWith({ 'webhook-id': `${id}\n` }), 'header_invalid'],
    ['an id of 101 characters', headersWith({ 'webhook-id': 'e'.repeat(101) }), 'header_invalid'],
    ['a megabyte of id', headersWith({ 'webhook-id': 'e'.repeat(1_000_000) }), 'header_invalid'],
    ['a megabyte of time', headersWith({ 'webhook-timestamp': '1'.repeat(1_000_000) }), 'header_invalid'],
  ])('for headers with %s', (_, headers, code) => {
    expect(refusal(given({ headers }))).toBe(code)
  })

  it('when two headers were joined by who received them', () => {
    const headers = new Headers(headersWith())
    headers.append('webhook-signature', v1())
    expect(refusal(given({ headers }))).toBe('header_invalid')
  })

  it('when names come from a prototype and not from the request', () => {
    const headers: Readonly<Record<string, string>> = Object.create(headersWith())
    expect(refusal(given({ headers }))).toBe('header_missing')
  })

  const signed = (bytes: Uint8Array) => given({ body: bytes, headers: signedBy(v1(bytes)) })
  it.each<readonly [string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('words')],
    ['a number', Buffer.from('1')],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['bytes that are no UTF-8', Buffer.from(body.toString().replace('ses_', 'ses\u00ff'), 'latin1')],
    ['a byte order mark before it', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])],
    ['the event of another id', Buffer.from(JSON.stringify({ ...event, id: 'evt_2' }))],
    ['no type', Buffer.from(JSON.stringify({ id, created_at: event.created_at, data: {} }))],
    ['no data, and no erasure', Buffer.from(JSON.stringify({ ...event, data: null }))],
  ])('for a signed body of %s', (_, bytes) => {
    expect(refusal(signed(bytes))).toBe('body_invalid')
  })

  it('for one byte that is no UTF-8 in place of another one', () => {
    const [one, two] = [0xfe, 0xff].map((byte) =>
      Buffer.concat([Buffer.from('{"a":"'), Buffer.of(byte), Buffer.from('"}')]),
    )
    expect(refusal({ ...signed(one ?? body), body: two ?? body })).toBe('signature_mismatch')
  })

  it('for a text that has no bytes', () => {
    expect(refusal(given({ body: '{"a":"\ud800"}' }))).toBe('body_invalid')
  })

  it.each<readonly [string, Partial<VerifyWebhookOptions>]>([
    ['no key', { secrets: [] }],
    ['an empty secret', { secrets: '' }],
    ['a secret without whsec_', { secrets: secret.toString('base64') }],
    ['a secret of 1 byte', { secrets: whsec(Buffer.alloc(1, 1)) }],
    ['a secret of 23 bytes', { secrets: [whsec(secret), whsec(Buffer.alloc(23, 1))] }],
    ['a secret of 65 bytes', { secrets: whsec(Buffer.alloc(65, 1)) }],
    ['a secret in no base64', { secrets: `whsec_${'*'.repeat(44)}` }],
    ['a secret with a space behind', { secrets: `${whsec(secret)} ` }],
    ['a public key as a secret', { secrets: whpk(pair.publicKey) }],
    ['a secret as a public key', { publicKeys: whsec(secret) }],
    ['a public key of 31 bytes', { publicKeys: `whpk_${Buffer.alloc(31).toString('base64')}` }],
    ['a tolerance that is no number', { toleranceSeconds: Number.NaN }],
    ['a tolerance below nothing', { toleranceSeconds: -1 }],
    ['a tolerance without end', { toleranceSeconds: Number.POSITIVE_INFINITY }],
    ['a now that is no time', { now: new Date(Number.NaN) }],
  ])('by an error of the caller: %s', (_, change) => {
    expect(refusal(given(change))).toBe('options_invalid')
  })

  it('without a word of key, header or body in the error', () => {
    const secrets = `whsec_${'*'.repeat(44)}`
    const options = [given({ secrets }), given({ headers: signedBy('v1,marzipan!') }), signed(Buffer.from('marzipan'))]
    for (const one of options) expect(() => verifyWebhook(one)).toThrow(/^(?!.*(\*\*|marzipan))/)
  })
})

describe('whatever is changed', () => {
  it('of a signed request, it is refused', () => {
    fc.assert(
      fc.property(fc.nat({ max: body.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(body)
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at)
        expect(refusal(given({ body: changed }))).toBe('signature_mismatch')
      }),
    )
  })

  it('of the headers, it is an answer of the closed list', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('v1', 'v1a', ',', ' ', '=', 'A', '1', '\u0000') }),
    )
    fc.assert(
      fc.property(text, text, text, (one, two, three) => {
        const headers = { 'webhook-id': one, 'webhook-timestamp': two, 'webhook-signature': three }
        expect(['header_missing', 'header_invalid', 'timestamp_out_of_tolerance']).toContain(
          refusal(given({ headers })),
        )
      }),
    )
  })
})
