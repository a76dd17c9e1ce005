import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../kernel/app-error.ts'
import type { Principal } from '../kernel/principal.ts'
import { provenScope } from '../kernel/workspace-scope.ts'
import { testUuid } from '../platform/crypto/test-harness/key-fixtures.ts'
import { authenticate, bearerCredential } from './authenticate.ts'
import { guardedApp } from './test-harness/guarded-app.ts'

const scope = provenScope(testUuid(1))
const ofKey: Principal = { kind: 'api_key', scope, id: testUuid(2), scopes: new Set(), agents: undefined }
const ofOperator: Principal = { kind: 'operator', scope, id: testUuid(3), role: 'owner' }

function app() {
  const asked: string[] = []
  const check = (name: string, good: string, principal: Principal) => async (credential: string) => {
    asked.push(name)
    if (credential !== good) throw new AppError('api_key.invalid', 'wrong')
    return principal
  }
  const checkers = { apiKey: check('key', 'hyp_good', ofKey), operatorToken: check('operator', 'good', ofOperator) }
  return { ...guardedApp({ guards: [authenticate(checkers)] }), asked }
}

describe('authentication', () => {
  it('takes an API key and an access token of an operator, each to its own checker', async () => {
    const withKey = app()
    expect((await withKey.send({ authorization: 'Bearer hyp_good' })).status).toBe(200)
    expect([withKey.principal(), withKey.asked]).toEqual([ofKey, ['key']])
    const withToken = app()
    expect((await withToken.send({ authorization: 'Bearer good', origin: 'https://console.example' })).status).toBe(200)
    expect([withToken.principal(), withToken.asked]).toEqual([ofOperator, ['operator']])
  })

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'hyp_good',
    'Basic aHlwX2dvb2Q=',
    'Token hyp_good',
    'Bearer  hyp_good',
    'Bearer hyp_good hyp_good',
    'Bearer hyp_good, Bearer hyp_good',
    'Bearer\thyp_good',
    `Bearer hyp_${'a'.repeat(10_000)}`,
  ])('asks nobody about the header %j', async (authorization) => {
    const one = app()
    const answer = await one.send(authorization === undefined ? {} : { authorization })
    expect(answer).toMatchObject({ status: 401, code: 'api_key.missing' })
    expect([one.asked, one.reached()]).toEqual([[], 0])
  })

  it.each(['https://shop.example', 'null', 'http://localhost:3000', ''])(
    'refuses an API key beside the Origin %j, right or wrong, without a look-up',
    async (origin) => {
      for (const authorization of ['Bearer hyp_good', 'Bearer hyp_bad']) {
        const one = app()
        expect(await one.send({ authorization, origin })).toMatchObject({
          status: 403,
          code: 'api_key.used_in_browser',
        })
        expect([one.asked, one.reached()]).toEqual([[], 0])
      }
    },
  )

  it.each(['Bearer hyp_bad', 'Bearer bad', 'Bearer HYP_good', 'Bearer eyJ.eyJ.AA'])(
    'refuses %j',
    async (authorization) => {
      const one = app()
      expect(await one.send({ authorization })).toMatchObject({ status: 401, code: 'api_key.invalid' })
      expect(one.reached()).toBe(0)
    },
  )

  it('does not care how "bearer" is spelled, nor does it look for credentials anywhere else', async () => {
    expect((await app().send({ authorization: 'bEARER hyp_good' })).status).toBe(200)
    const elsewhere = { 'x-api-key': 'hyp_good', cookie: 'token=hyp_good', 'proxy-authorization': 'Bearer hyp_good' }
    expect((await app().send(elsewhere)).code).toBe('api_key.missing')
  })
})

describe('the bearer credential of a header', () => {
  it('is the text behind the scheme, for printable text without spaces', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\x21-\x7e]{1,200}$/), (text) => {
        expect(bearerCredential(`Bearer ${text}`)).toBe(text)
      }),
    )
  })

  it('is never text with a space or a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = bearerCredential(`Bearer ${text}`)
        expect(read === undefined || (read === text && /^[\x21-\x7e]+$/.test(read))).toBe(true)
      }),
    )
  })
})
