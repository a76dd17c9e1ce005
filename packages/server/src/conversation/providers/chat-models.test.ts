import { describe, expect, it } from 'vitest'
import { ChatModels } from './chat-models.ts'

const chat = { provider: 'custom', baseUrl: 'https://models.example/v1', model: 'm' } as const
type Fetch = Parameters<ChatModels['stream']>[2]

describe('shared chat models', () => {
  it('send each call by the way of who makes it, also when they are made at once', async () => {
    const models = new ChatModels()
    const said = await Promise.all(
      Array.from({ length: 20 }, async (_, nth) => {
        const sent: string[] = []
        await read(await models.stream(chat, callOf(`call ${nth}`), answering(sent)))
        return sent
      }),
    )
    expect(said.map((sent) => sent.length)).toEqual(Array.from({ length: 20 }, () => 1))
    for (const [nth, sent] of said.entries()) expect(sent[0]).toContain(`"call ${nth}"`)
  })

  it('are built once for a provider, a base URL and a name', async () => {
    const { built, create } = builder()
    const models = new ChatModels({ create })
    const others = [
      { ...chat, model: 'n' },
      { ...chat, baseUrl: 'https://other.example/v1' },
    ]
    for (const next of [chat, chat, ...others]) await models.stream(next, callOf('hello'), answering([]))
    expect(built.map(({ about }) => about)).toEqual([chat, ...others])
  })

  it('keep no more than they may', async () => {
    const { built, create } = builder()
    const models = new ChatModels({ max: 2, create })
    for (const model of ['a', 'b', 'c', 'a']) await models.stream({ ...chat, model }, callOf('hello'), answering([]))
    expect(built.map(({ about }) => about.model)).toEqual(['a', 'b', 'c', 'a'])
  })

  it('send nothing for a request that belongs to no call', async () => {
    const { built, create } = builder()
    const sent: string[] = []
    await new ChatModels({ create }).stream(chat, callOf('hello'), answering(sent))
    for (const init of [undefined, {}, { signal: null }, { signal: new AbortController().signal }]) {
      await expect(built[0]?.fetch('https://models.example/v1', init)).rejects.toThrow('belongs to no call')
    }
    expect(sent).toEqual([])
  })
})

type Create = NonNullable<NonNullable<ConstructorParameters<typeof ChatModels>[0]>['create']>

/** Builds models that send nothing, and remembers by which way they would. */
function builder() {
  const built: { about: Parameters<Create>[0]; fetch: Fetch }[] = []
  const create: Create = (about, fetch) => {
    built.push({ about, fetch })
    return { doStream: () => Promise.resolve({ stream: new ReadableStream() }) }
  }
  return { built, create }
}

function callOf(text: string) {
  return {
    prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }],
    abortSignal: new AbortController().signal,
  }
}

function answering(sent: string[]): Fetch {
  return (_input, init) => {
    sent.push(typeof init?.body === 'string' ? init.body : 'nothing')
    const chunk = { id: 'x', choices: [{ index: 0, delta: { content: 'Yes.' }, finish_reason: 'stop' }] }
    const headers = { 'content-type': 'text/event-stream' }
    return Promise.resolve(new Response(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`, { headers }))
  }
}

async function read(stream: ReadableStream<unknown>): Promise<void> {
  await stream.pipeTo(new WritableStream())
}
