import { createHash } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { beforeAll, describe, expect, test } from 'vitest'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { createPages } from './create-pages.ts'
import { securityHeaders } from './security-headers.ts'

const agentId = 'agt_01jd3v7t6zf3m8k2x9w4c5b6n7'
const script = 'console.log("talk")'
let app: Hono
let folder: string

beforeAll(async () => {
  const assetsFolder = await mkdtemp(join(tmpdir(), 'hyponema-pages-'))
  folder = assetsFolder
  await writeFile(join(assetsFolder, 'talk.js'), script)
  await writeFile(join(assetsFolder, 'microphone-processor.js'), 'registerProcessor()')
  await writeFile(join(assetsFolder, 'player-processor.js'), 'registerProcessor()')
  await writeFile(join(assetsFolder, 'talk.css'), 'p { margin: 0 }')
  await writeFile(join(assetsFolder, 'sign-in.js'), 'console.log("sign in")')
  await writeFile(join(assetsFolder, 'sign-in.css'), 'p { margin: 0 }')
  await writeFile(join(assetsFolder, 'escalations.js'), 'console.log("escalations")')
  await writeFile(join(assetsFolder, 'escalations.css'), 'p { margin: 0 }')
  await writeFile(join(assetsFolder, 'members.js'), 'console.log("members")')
  await writeFile(join(assetsFolder, 'members.css'), 'p { margin: 0 }')
  await writeFile(join(assetsFolder, 'mark.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  app = new Hono()
  app.use(securityHeaders())
  app.route('/', await createPages({ assetsFolder, talk: true }))
  app.get('/v1/broken', () => {
    throw new Error('broken')
  })
  app.get('/v1/stream', (context) =>
    context.body(new Blob(['data: 1\n\n']).stream(), 200, { 'Content-Type': 'text/event-stream' }),
  )
  app.onError((_error, context) => context.json({}, 500))
})

describe('the talk page', () => {
  test('loads nothing but files of our own origin and has no inline script or style', async () => {
    const response = await app.request(`/talk/${agentId}`)
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*\ssrc="\/assets\/)|\son\w+=|https?:|javascript:/i)
    for (const [, url] of html.matchAll(/(?:src|href|worklet)="([^"]+)"/g)) {
      expect((await app.request(url ?? '')).status, url).toBe(200)
    }
  })

  test('sends the strict policy', async () => {
    const policy = (await app.request(`/talk/${agentId}`)).headers.get('Content-Security-Policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:|blob:/)
  })

  test('may ask for the microphone, and for nothing else', async () => {
    const allowed = (await app.request(`/talk/${agentId}`)).headers
      .get('Permissions-Policy')
      ?.match(/[a-z-]+=\(self\)/g)
    expect(allowed).toEqual(['microphone=(self)'])
  })

  test('does not repeat what stands in the address', async () => {
    const other = 'agt_01jd3v7t6zf3m8k2x9w4c5b6n8'
    const [one, two] = await Promise.all([app.request(`/talk/${agentId}`), app.request(`/talk/${other}`)])
    expect(await one.text()).toBe(await two.text())
  })

  test.each(['/talk/x', '/talk/ses_01jd3v7t6zf3m8k2x9w4c5b6n7', '/talk/%3Cscript%3E', '/talk/'])(
    'is not there for %s',
    async (path) => {
      expect((await app.request(path)).status).toBe(404)
    },
  )
})

describe.each(['/sign-in', '/auth/link', '/members', '/escalations'])('the page %s', (path) => {
  test('loads nothing but files of our own origin, has no inline script, style or form, and the strict policy', async () => {
    const response = await app.request(path)
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html).not.toMatch(/<style|style=|<form|<script(?![^>]*\ssrc="\/assets\/)|\son\w+=|https?:|javascript:/i)
    for (const [, url] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await app.request(url ?? '')).status, url).toBe(200)
    }
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'; script-src 'self'")
    expect(response.headers.get('Permissions-Policy')).not.toContain('(self)')
    expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
  })

  test('is the same whatever stands in its address, and to HEAD', async () => {
    const [one, two, head] = await Promise.all([
      app.request(path),
      app.request(`${path}?token=abc`),
      app.request(path, { method: 'HEAD' }),
    ])
    expect(await one.text()).toBe(await two.text())
    expect([head.status, await head.text(), head.headers.getSetCookie()]).toEqual([200, '', []])
  })
})

test('where there is no demo there is no talk page, and everything else is there', async () => {
  const without = await createPages({ assetsFolder: folder, talk: false })
  expect((await without.request(`/talk/${agentId}`)).status).toBe(404)
  for (const path of ['/sign-in', '/auth/link', '/members', '/assets/mark.svg'])
    expect((await without.request(path)).status).toBe(200)
})

describe('assets', () => {
  const version = createHash('sha256').update(script).digest('hex').slice(0, 16)

  test('are kept for good under the address that carries their version', async () => {
    const response = await app.request(`/assets/talk.js?v=${version}`)
    expect(await response.text()).toBe(script)
    expect(response.headers.get('Cache-Control')).toContain('immutable')
  })

  test('are asked for again under any other address', async () => {
    const response = await app.request('/assets/talk.js?v=0000000000000000')
    expect(response.headers.get('Cache-Control')).toBe('no-cache')
    const again = await app.request('/assets/talk.js', {
      headers: { 'If-None-Match': response.headers.get('ETag') ?? '' },
    })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
  })

  test('hold the fonts and the licences that go with them', async () => {
    const font = await app.request('/assets/fonts/ibm-plex-mono-latin-400-normal.woff2')
    expect(font.headers.get('Content-Type')).toBe('font/woff2')
    expect((await font.arrayBuffer()).byteLength).toBeGreaterThan(10_000)
    for (const family of ['sans', 'mono']) {
      const license = await (await app.request(`/assets/fonts/ibm-plex-${family}-license.txt`)).text()
      expect(license).toContain('SIL Open Font License')
    }
  })

  test.each([
    '/assets/',
    '/assets/../talk.js',
    '/assets/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/fonts/',
    '/assets/fonts/../talk.js%00',
    '/assets/constructor',
  ])('name no file outside the list: %s', async (path) => {
    const response = await app.request(path)
    expect(response.status).toBe(404)
  })

  test('that are not built refuse the start and say what to run', async () => {
    await expect(createPages({ assetsFolder: join(tmpdir(), 'hyponema-nothing-here'), talk: false })).rejects.toThrow(
      StartupRefusal,
    )
    await expect(createPages({ assetsFolder: join(tmpdir(), 'hyponema-nothing-here'), talk: false })).rejects.toThrow(
      'build-widget.mjs',
    )
  })
})

describe('security headers', () => {
  test.each([`/talk/${agentId}`, '/assets/talk.js', '/v1/broken', '/v1/stream', '/nowhere'])(
    'stand on %s',
    async (path) => {
      const { headers } = await app.request(path)
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
      expect(headers.get('Referrer-Policy')).toBe('no-referrer')
      expect(headers.get('Cross-Origin-Opener-Policy')).toBe('same-origin')
      expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
      expect(headers.get('X-Frame-Options')).toBe('DENY')
      expect(headers.get('Permissions-Policy')).toContain('camera=()')
      expect(headers.get('Permissions-Policy')).toContain(
        path.startsWith('/talk/') ? 'microphone=(self)' : 'microphone=()',
      )
      expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    },
  )

  test.each(['/v1/broken', '/v1/stream', '/nowhere', '/assets/mark.svg'])(
    'let %s load nothing and run nothing',
    async (path) => {
      expect((await app.request(path)).headers.get('Content-Security-Policy')).toContain('sandbox')
    },
  )

  test('keep answers out of caches unless the route says so', async () => {
    expect((await app.request('/v1/stream')).headers.get('Cache-Control')).toBe('no-store')
    expect((await app.request('/v1/broken')).headers.get('Cache-Control')).toBe('no-store')
  })
})
