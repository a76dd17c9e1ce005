/**
 * A family of refresh tokens beside a small model of it, through the route and on a real database: whatever is done in
 * whatever order, at most one token can be used, and after a theft nothing can.
 */

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graceMs } from '../../packages/server/src/guards/refresh-family.ts'
import { makeSecretText, parseSecretText } from '../../packages/server/src/guards/secret-text.ts'
import { sha256 } from '../../packages/server/src/platform/crypto/sha256.ts'
import { type Api, openApi, type TestMember } from './api-harness.ts'
import { cookieOf, refresh, signIn } from './sign-in-browser.ts'

type Step =
  | { readonly kind: 'use'; readonly which: number }
  | { readonly kind: 'use_at_once'; readonly which: number; readonly times: number }
  | { readonly kind: 'use_without_secret'; readonly which: number }
  | { readonly kind: 'pass'; readonly milliseconds: number }
  | { readonly kind: 'sign_out'; readonly which: number }
  | { readonly kind: 'remove' }

const which = fc.nat(5)
const use = fc.record({ kind: fc.constant('use' as const), which })
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: use },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('use_at_once' as const), which, times: fc.integer({ min: 2, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('use_without_secret' as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(1, graceMs, graceMs + 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sign_out' as const), which }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'remove' } as const) },
)

type Token = {
  cookie: string
  readonly parent: Token | undefined
  usedMs: number | undefined
  isReplaced: boolean
}

/** Says what must happen, from the sentences of the specification and not from the code. */
class Model {
  readonly tokens: Token[]
  ended = false
  nowMs = 0

  constructor(first: string) {
    this.tokens = [{ cookie: first, parent: undefined, usedMs: undefined, isReplaced: false }]
  }

  /** The newest are the interesting ones. */
  pick(index: number): Token {
    const token = this.tokens.at(-1 - (index % this.tokens.length))
    if (token === undefined) throw new Error('a family has a token')
    return token
  }

  get leaf(): Token | undefined {
    return this.ended ? undefined : this.tokens.find(({ usedMs, isReplaced }) => usedMs === undefined && !isReplaced)
  }

  /** The token that a use of this one gets, or undefined; what else it means is done here. */
  use(token: Token): Token | undefined {
    if (this.ended) return undefined
    if (this.leaf === token) {
      token.usedMs = this.nowMs
      return this.#add(token)
    }
    const child = this.leaf?.parent === token ? this.leaf : undefined
    const isRepeat = token.usedMs !== undefined && this.nowMs - token.usedMs <= graceMs
    if (child === undefined || !isRepeat) {
      this.ended = true
      return undefined
    }
    child.isReplaced = true
    return this.#add(token)
  }

  #add(parent: Token): Token {
    const token = { cookie: '', parent, usedMs: undefined, isReplaced: false }
    this.tokens.push(token)
    return token
  }
}

describe('a family of refresh tokens', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  test('does what the model says, and never has two tokens that can be used', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 14 }), async (steps) => {
        const member = await api.a.makeMember('builder')
        const release = api.holdClock()
        try {
          const opened = await signIn(api, { workspaceId: api.a.id, member })
          const model = new Model(cookieOf(opened))
          const accessTokens = [opened.accessToken]
          for (const step of steps) {
            seen.add(`${step.kind} ${await act(model, step, { member, accessTokens })}`)
            const leaves = await leavesOf(member)
            expect(leaves.length).toBe(model.leaf === undefined ? 0 : 1)
            if (model.leaf !== undefined) expect(leaves[0]).toBe(hashOf(model.leaf.cookie))
          }
          if (!model.ended) return
          for (const { cookie } of model.tokens) expect((await refresh(api, cookie)).answer.status).toBe(401)
          for (const credential of accessTokens)
            expect((await api.a.call('GET', '/v1/members/me', { credential })).status).toBe(401)
        } finally {
          release()
        }
      }),
      { numRuns: 60 },
    )
    // The steps meant something: each kind was answered both ways.
    for (const one of ['use true', 'use false', 'use_at_once true', 'sign_out true', 'remove true'])
      expect(seen).toContain(one)
  })

  type Run = { readonly member: TestMember; readonly accessTokens: string[] }

  async function act(model: Model, step: Step, run: Run): Promise<boolean> {
    if (step.kind === 'pass') {
      api.pass(step.milliseconds)
      model.nowMs += step.milliseconds
      return true
    }
    if (step.kind === 'remove') {
      const credential = await api.a.makeOperatorToken()
      await api.a.call('DELETE', `/v1/members/${run.member.operator}`, { credential })
      model.ended = true
      return true
    }
    const token = model.pick(step.which)
    if (step.kind === 'sign_out') {
      expect((await refresh(api, token.cookie, { path: '/auth/refresh/sign-out' })).answer.status).toBe(204)
      model.ended = true
      return true
    }
    if (step.kind === 'use_without_secret') {
      // The leaf is left as it is: nobody has used it. One that was used or replaced has been copied.
      if (model.leaf !== token) model.ended = true
      expect((await refresh(api, withoutSecret(token.cookie))).answer.status).toBe(401)
      return false
    }
    const times = step.kind === 'use' ? 1 : step.times
    const answers = await Promise.all(Array.from({ length: times }, () => refresh(api, token.cookie)))
    const made = answers.flatMap(() => model.use(token) ?? [])
    const got = answers.filter(({ answer }) => answer.status === 200)
    expect(got.length).toBe(made.length)
    run.accessTokens.push(...got.map(({ accessToken }) => accessToken))
    // Of several at once the order is not ours to say: the database says which of them is the leaf.
    const [leaf] = await leavesOf(run.member)
    const cookies = got.map(({ cookie = '' }) => cookie).sort((one) => (hashOf(one) === leaf ? 1 : -1))
    for (const [index, one] of made.entries()) one.cookie = cookies[index] ?? ''
    return made.length > 0
  }

  async function leavesOf({ id }: TestMember): Promise<readonly string[]> {
    const rows = await api.ask<{ token_sha256: Buffer }>(
      `select t.token_sha256 from tenant.refresh_tokens t join tenant.refresh_families f on f.id = t.family_id
       where f.membership_id = $1 and f.revoked_at is null and t.used_at is null and t.replaced_at is null`,
      [id],
    )
    return rows.map(({ token_sha256: hash }) => hash.toString('hex'))
  }
})

const form = { prefix: 'hyr_', secrets: 2 } as const

function claimOf(cookie: string) {
  const claim = parseSecretText(form, cookie.split('=')[1] ?? '')
  if (claim === undefined) throw new Error(`${cookie} is no refresh cookie`)
  return claim
}

function hashOf(cookie: string): string {
  return sha256(Buffer.concat([Buffer.from('refresh token '), claimOf(cookie).secrets[0] ?? Buffer.alloc(0)])).toString(
    'hex',
  )
}

function withoutSecret(cookie: string): string {
  const claim = claimOf(cookie)
  const text = makeSecretText(form, { ...claim, secrets: [claim.secrets[0] ?? Buffer.alloc(32), Buffer.alloc(32)] })
  return `${cookie.split('=')[0] ?? ''}=${text}`
}
