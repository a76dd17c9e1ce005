import { createServer } from 'node:http'
import { challengeBodySchema, eventBodySchema, eventTypes } from '@hyponema/contract'
import { z } from 'zod'

export type HookReceiver = {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * An endpoint that takes what the contract describes and echoes the challenge; it looks at no signature, because it knows no
 * secret.
 */
export async function startHookReceiver(): Promise<HookReceiver> {
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const body: unknown = JSON.parse(text)
      const challenge = challengeBodySchema.safeParse(body)
      const type = eventTypes.find((one) => eventBodySchema(one).safeParse(body).success)
      if (challenge.success) response.end(JSON.stringify(challenge.data.data))
      else response.writeHead(type === undefined ? 400 : 204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = z.object({ port: z.number() }).parse(server.address())
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()))
  return { url: `http://127.0.0.1:${port}/hooks`, close }
}
