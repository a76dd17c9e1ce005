import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { signInCookie } from './sign-in-cookie.ts'

const secret = 'a'.repeat(43)

function appFor(origin: string): Hono {
  const cookie = signInCookie(origin)
  return new Hono()
    .get('/set', (context) => {
      cookie.set(context, secret, 600)
      return context.text('')
    })
    .get('/clear', (context) => {
      cookie.clear(context)
      return context.text('')
    })
    .get('/read', (context) => context.text(cookie.read(context) ?? 'none'))
}

describe('the cookie of sign-in', () => {
  test.each(['https://talk.example.com', 'http://127.0.0.1:4700', 'http://localhost:4700', 'http://[::1]:4700'])(
    'of %s can be set by this host alone, and only over what a browser trusts',
    async (origin) => {
      const [line] = (await appFor(origin).request('/set')).headers.getSetCookie()
      expect(line).toBe(`__Host-hyponema-sign-in=${secret}; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax`)
    },
  )

  test.each(['http://talk.example.com', 'http://192.0.2.7:4700', 'http://127.0.0.1.example.com'])(
    'of %s is not Secure, or no browser would keep it',
    async (origin) => {
      const [line] = (await appFor(origin).request('/set')).headers.getSetCookie()
      expect(line).toBe(`hyponema-sign-in=${secret}; Max-Age=600; Path=/; HttpOnly; SameSite=Lax`)
    },
  )

  test('goes with the flags it came with', async () => {
    const [line] = (await appFor('https://talk.example.com').request('/clear')).headers.getSetCookie()
    expect(line).toBe('__Host-hyponema-sign-in=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax')
  })

  test.each([`x=1; __Host-hyponema-sign-in=${secret}`, `__Host-hyponema-sign-in=${secret}`])(
    'is read from %s',
    async (cookie) => {
      expect(await (await appFor('https://a.example').request('/read', { headers: { cookie } })).text()).toBe(secret)
    },
  )

  test.each([
    '',
    `hyponema-sign-in=${secret}`,
    `__Host-hyponema-sign-in=${secret}a`,
    '__Host-hyponema-sign-in=',
    `__Host-hyponema-sign-in=%20${secret.slice(1)}`,
  ])('"%s" is none of ours', async (cookie) => {
    expect(await (await appFor('https://a.example').request('/read', { headers: { cookie } })).text()).toBe('none')
  })
})
