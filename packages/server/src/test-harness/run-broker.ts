/**
 * What all suites of a run share, made by the first that asks: a run that needs none of it pays nothing.
 * The main process listens on a unix socket, answers every connection with one JSON document, and unmakes it at the end.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

export type RunBroker = { readonly socketPath: string; readonly close: () => Promise<void> }

const answerSchema = z.union([z.strictObject({ failure: z.string() }), z.strictObject({ made: z.unknown() })])

export async function startRunBroker(
  make: () => Promise<{ made: unknown; unmake: () => Promise<void> }>,
): Promise<RunBroker> {
  const folder = await mkdtemp('/tmp/hyponema-broker-')
  const socketPath = join(folder, 'socket')
  let making: ReturnType<typeof make> | undefined
  const answer = async (): Promise<z.infer<typeof answerSchema>> => {
    try {
      return { made: (await (making ??= make())).made }
    } catch (error) {
      return { failure: describe(error) }
    }
  }
  const server = createServer((socket) => {
    // A worker that is ended while it waits.
    socket.on('error', () => undefined)
    void answer().then((document) => socket.end(JSON.stringify(document)))
  })
  server.listen(socketPath)
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.close()
    const made = await making?.catch(() => undefined)
    await made?.unmake()
    await rm(folder, { recursive: true, force: true })
  }
  return { socketPath, close }
}

export async function askRunBroker(socketPath: string): Promise<unknown> {
  const answer = answerSchema.parse(JSON.parse(await text(connect(socketPath))))
  if ('failure' in answer) throw new Error(answer.failure)
  return answer.made
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${describe(error.cause)}`
}
