import { createServer } from 'node:https'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { closeLoopback, listen, openDoor, secretHeader, workspaceId } from './test-harness/loopback.ts'
import { makeCertificate } from './test-harness/make-certificate.ts'

afterEach(closeLoopback)

async function serveAs(name: string): Promise<{ port: number; certificate: string; seen: () => readonly string[] }> {
  const { certificate, key } = makeCertificate(name)
  const seen: string[] = []
  const port = await listen(
    createServer({ cert: certificate, key }, (request, response) => {
      seen.push(`${request.headers.host ?? ''} ${request.headers.authorization ?? ''}`)
      response.end('ok')
    }),
  )
  return { port, certificate, seen: () => seen }
}

describe('a certificate', () => {
  it('of the name that was asked for lets the request pass, with that name as Host', async () => {
    const { port, certificate, seen } = await serveAs('models.inside')
    const door = openDoor([`https://models.inside:${port}`], {
      resolver: async () => ['127.0.0.1'],
      certificateAuthorities: [certificate],
    })
    const answer = await door.fetch(
      { url: `https://models.inside:${port}/` },
      { workspaceId, onlyHosts: null, secretHeader },
    )
    expect(await answer.text()).toBe('ok')
    expect(seen()).toStrictEqual([`models.inside:${port} Bearer sk-live-0123456789abcdef`])
  })

  it('of another name stops the request before the key is sent', async () => {
    const { port, certificate, seen } = await serveAs('other.inside')
    const door = openDoor([`https://models.inside:${port}`], {
      resolver: async () => ['127.0.0.1'],
      certificateAuthorities: [certificate],
    })
    const failure: unknown = await door
      .fetch({ url: `https://models.inside:${port}/` }, { workspaceId, onlyHosts: null, secretHeader })
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'outbound.failed' })
    expect(failure instanceof Error ? failure.message : '').not.toContain('other.inside')
    expect(seen()).toStrictEqual([])
  })

  it('that nobody signed stops the request, even if the environment says otherwise', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const { port, seen } = await serveAs('models.inside')
    const door = openDoor([`https://models.inside:${port}`], { resolver: async () => ['127.0.0.1'] })
    await expect(
      door.fetch({ url: `https://models.inside:${port}/` }, { workspaceId, onlyHosts: null, secretHeader }),
    ).rejects.toMatchObject({ code: 'outbound.failed' })
    expect(seen()).toStrictEqual([])
  })

  it('of a name is no certificate for the address behind it', async () => {
    const { port, certificate, seen } = await serveAs('models.inside')
    const door = openDoor([`https://127.0.0.1:${port}`], { certificateAuthorities: [certificate] })
    await expect(
      door.fetch({ url: `https://127.0.0.1:${port}/` }, { workspaceId, onlyHosts: null, secretHeader }),
    ).rejects.toMatchObject({ code: 'outbound.failed' })
    expect(seen()).toStrictEqual([])
  })
})
