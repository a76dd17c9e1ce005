import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../crypto/secret.ts'
import { callOwnService } from './call-own-service.ts'
import { atEnd, closeLoopback, listen } from './test-harness/loopback.ts'
import { makeCertificate } from './test-harness/make-certificate.ts'

afterEach(closeLoopback)

const secretHeader = () => ({ name: 'x-vault-token', prefix: '', secret: new Secret(Buffer.from('hvs.token')) })
const request = (path = '/v1/x') => ({ method: 'GET' as const, path, headers: {}, secretHeader: secretHeader() })

function open(url: string, options: Parameters<typeof callOwnService>[1] = {}) {
  const { call, close } = callOwnService(new URL(url), options)
  atEnd(close)
  return call
}

describe('the way to a service of the operator', () => {
  it('leads to a private address over TLS, under an authority that is believed and no other', async () => {
    const { certificate, key } = makeCertificate('localhost')
    const server = createSecureServer({ cert: certificate, key }, (asked, response) =>
      response.end(`${String(asked.headers['x-vault-token'])} ${asked.headers.host}`),
    )
    const port = await listen(server)
    const url = `https://localhost:${port}`
    const call = open(url, { certificateAuthorities: [certificate] })
    expect(await call(request())).toEqual({ status: 200, body: `hvs.token localhost:${port}` })
    await expect(open(url)(request())).rejects.toMatchObject({ code: 'outbound.failed' })
  })

  it('leads nowhere else: not where an answer points, and not where a path would', async () => {
    let visits = 0
    const elsewhere = await listen(createServer((_asked, response) => response.end(String((visits += 1)))))
    const location = `http://127.0.0.1:${elsewhere}/`
    const port = await listen(createServer((_asked, response) => response.writeHead(307, { location }).end()))
    const call = open(`http://127.0.0.1:${port}`)
    expect((await call(request())).status).toBe(307)
    for (const path of [`@127.0.0.1:${elsewhere}/`, '.example.com/', `:${elsewhere}/`])
      await expect(call(request(path))).rejects.toMatchObject({ code: 'outbound.address_refused' })
    expect(visits).toBe(0)
  })

  it('asks a service that does not answer once, and the others are told at once', async () => {
    let visits = 0
    const port = await listen(createServer(() => (visits += 1)))
    const call = open(`http://127.0.0.1:${port}`, { timeoutMs: 100, clock: { nowMs: () => 0 } })
    await expect(call(request())).rejects.toMatchObject({ code: 'outbound.timeout' })
    const rest = await Promise.allSettled(Array.from({ length: 20 }, () => call(request())))
    expect(rest.every(({ status }) => status === 'rejected')).toBe(true)
    expect(visits).toBe(1)
  })
})
