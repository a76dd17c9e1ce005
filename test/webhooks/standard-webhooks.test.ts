/**
 * The library of the Standard Webhooks project and ours read each other. Where theirs takes a request that is not what was
 * sent, or was signed with a key that can be guessed, ours refuses it.
 */
import { eventBodySchema, eventCatalogue, eventTypes } from '@hyponema/contract'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { verifyWebhook, WebhookVerificationError } from '../../packages/sdk/src/index.ts'
import { Secret } from '../../packages/server/src/platform/crypto/secret.ts'
import {
  newEd25519Secret,
  newHmacSecret,
  renderHmacSecret,
  signWebhook,
} from '../../packages/server/src/platform/crypto/webhook-signature.ts'

const id = 'evt_01jd3v8c3dj6q1p5a2z7f8e9r0'
// Theirs takes no clock.
const seconds = Math.floor(Date.now() / 1000)
const hmac = newHmacSecret()
const secret = renderHmacSecret(hmac)
const theirs = new Webhook(secret)

const bodyOf = (data: object, type = 'transcript.ready') =>
  Buffer.from(JSON.stringify({ id, type, created_at: '2026-01-31T12:00:00.000Z', data }))
const body = bodyOf({ session_id: 'ses_1', turn_count: 4 })
const signed = (bytes: Buffer = body, keys: readonly Secret[] = [hmac]) => ({
  'webhook-id': id,
  'webhook-timestamp': String(seconds),
  'webhook-signature': signWebhook({ id, timestampSeconds: seconds, body: bytes, hmac: keys, ed25519: [] }),
})

describe('webhooks of ours', () => {
  it('give the known answer of the specification to their library too', () => {
    const known = new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
    const [knownId, text] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}']
    const answer = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    expect(known.sign(knownId, new Date(1614265330 * 1000), text)).toBe(answer)
    const ours = new Secret(Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'))
    const options = { id: knownId, timestampSeconds: 1614265330, body: Buffer.from(text), hmac: [ours], ed25519: [] }
    expect(signWebhook(options)).toBe(answer)
  })

  it.each(eventTypes)('are verified by their library and by ours: %s', (type) => {
    const bytes = bodyOf(eventCatalogue[type].example, type)
    const expected = eventBodySchema(type).parse(JSON.parse(String(bytes)))
    expect(theirs.verify(bytes, signed(bytes))).toEqual(expected)
    expect(verifyWebhook({ headers: signed(bytes), body: bytes, secrets: secret })).toEqual(expected)
  })

  it('are verified by both during a rotation, with v1a beside, with either secret', () => {
    const [old, pair] = [newHmacSecret(), newEd25519Secret()]
    const signature = signWebhook({ id, timestampSeconds: seconds, body, hmac: [hmac, old], ed25519: [pair.secret] })
    const headers = { ...signed(), 'webhook-signature': signature }
    const expected: unknown = JSON.parse(String(body))
    for (const one of [secret, renderHmacSecret(old)]) {
      expect(new Webhook(one).verify(body, headers)).toEqual(expected)
      expect(verifyWebhook({ headers, body, secrets: one })).toEqual(expected)
    }
    expect(verifyWebhook({ headers, body, publicKeys: pair.publicKey })).toEqual(expected)
  })

  it('and theirs are verified by both, whatever text they hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = bodyOf({ text })
        const expected: unknown = JSON.parse(String(bytes))
        const signature = theirs.sign(id, new Date(seconds * 1000), bytes)
        expect(signature).toBe(signed(bytes)['webhook-signature'])
        expect(verifyWebhook({ headers: signed(bytes), body: bytes, secrets: secret })).toEqual(expected)
        expect(theirs.verify(bytes, signed(bytes))).toEqual(expected)
      }),
    )
  })
})

type Hostile = {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  readonly secret?: string
  readonly code: string
}

const good = signed()
const signature = good['webhook-signature']
const oneByte = new Secret(Buffer.from([7]))
const withBytes = (...bytes: readonly number[]) =>
  Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
/** What their library signs when it is asked to, which is looser than ours. */
const signedByThem = (about: string, bytes: Buffer, key = secret) => ({
  ...good,
  'webhook-id': about,
  'webhook-signature': new Webhook(key).sign(about, new Date(seconds * 1000), bytes),
})
const shortSecret = `whsec_${oneByte.use((bytes) => bytes.toString('base64'))}`

const hostile: Readonly<Record<string, Hostile>> = {
  'junk after the time': { headers: { ...good, 'webhook-timestamp': `${seconds}junk` }, code: 'header_invalid' },
  'a space before the time': { headers: { ...good, 'webhook-timestamp': ` ${seconds}` }, code: 'header_invalid' },
  'a sign before the time': { headers: { ...good, 'webhook-timestamp': `+${seconds}` }, code: 'header_invalid' },
  'a zero before the time': { headers: { ...good, 'webhook-timestamp': `0${seconds}` }, code: 'header_invalid' },
  'a fraction behind the time': { headers: { ...good, 'webhook-timestamp': `${seconds}.9` }, code: 'header_invalid' },
  'an exponent behind the time': { headers: { ...good, 'webhook-timestamp': `${seconds}e9` }, code: 'header_invalid' },
  'two times in one header': {
    headers: { ...good, 'webhook-timestamp': `${seconds}, 1` },
    code: 'header_invalid',
  },
  'words between the signatures': {
    headers: { ...good, 'webhook-signature': `these are ${signature}` },
    code: 'header_invalid',
  },
  'something behind the signature': {
    headers: { ...good, 'webhook-signature': `${signature},more` },
    code: 'header_invalid',
  },
  'spaces around the signatures': {
    headers: { ...good, 'webhook-signature': `  ${signature}  ` },
    code: 'header_invalid',
  },
  'a megabyte of signatures': {
    headers: { ...good, 'webhook-signature': `${'v1,AAAA '.repeat(125_000)}${signature}` },
    code: 'header_invalid',
  },
  'a header twice, of which one is taken': { headers: { 'Webhook-Id': 'evt_2', ...good }, code: 'header_invalid' },
  'an id with a dot': { headers: signedByThem(`${id}.1`, body), code: 'header_invalid' },
  'an id that is not that of the event': { headers: signedByThem('evt_2', body), code: 'body_invalid' },
  'a byte that is no UTF-8 in place of another one': {
    headers: signedByThem(id, withBytes(0xfe)),
    body: withBytes(0xff),
    code: 'signature_mismatch',
  },
  'a cut character in place of the sign for one': {
    headers: signedByThem(id, withBytes(0xef, 0xbf, 0xbd)),
    body: withBytes(0xc3),
    code: 'signature_mismatch',
  },
  'a secret of one byte': {
    headers: signedByThem(id, body, shortSecret),
    secret: shortSecret,
    code: 'options_invalid',
  },
  'a secret without its prefix': { secret: secret.slice('whsec_'.length), code: 'options_invalid' },
  'a body that is no object': {
    headers: signedByThem(id, Buffer.from('1')),
    body: Buffer.from('1'),
    code: 'body_invalid',
  },
}

describe('their library takes, and ours refuses', () => {
  it.each(Object.entries(hostile))('%s', (_, { headers = good, body: bytes = body, secret: key = secret, code }) => {
    expect(() => new Webhook(key).verify(bytes, headers)).not.toThrow()
    let refusal: unknown
    try {
      verifyWebhook({ headers, body: bytes, secrets: key })
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(WebhookVerificationError)
    expect(refusal).toMatchObject({ code })
  })
})
