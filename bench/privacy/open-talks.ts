import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { apiClient } from '../../test/end-to-end/api-client.ts'
import { type OpenSession, openSession, publishAgent } from '../../test/end-to-end/published-agent.ts'

export type Talks = {
  /** A talk of two messages that has ended; its id. */
  readonly endedTalk: () => Promise<string>
  /** That many messages, one after the other, to all talks by turns, at a pace that leaves the machine idle in between. */
  readonly say: (messages: number) => Promise<void>
}

/** Enough that none comes to the end of its turns. */
const open = 100
/** One message in this time: as many as some hundred people who talk. */
const paceMs = 20

/** Live talks in the workspace of a server of the bench, and a way to speak in them. */
export async function openTalks(port: number): Promise<Talks> {
  const url = `http://127.0.0.1:${port}`
  const keys = z.array(z.string()).parse(await (await fetch(`${url}/bench/keys`)).json())
  const call = apiClient(url, keys[0] ?? '')
  const agentId = await publishAgent(call, 'Bench', {
    persona: { prompt: 'A talker.' },
    model: { kind: 'scripted', script: { rules: [], otherwise: 'Yes.' } },
    policy: {},
  })
  const sessions: OpenSession[] = []
  while (sessions.length < open) {
    sessions.push(await openSession(call, agentId, { user_id: `person ${sessions.length}` }))
    await pause(paceMs)
  }
  let sent = 0
  const sayIn = async (session: OpenSession | undefined): Promise<void> => {
    if (session === undefined) throw new Error('no session')
    sent += 1
    const response = await fetch(session.messagesUrl.replace(/^https?:\/\/[^/]+/, url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${session.token}`,
        'content-type': 'application/json',
        'x-forwarded-for': `10.0.${(sent >> 8) & 255}.${sent & 255}`,
      },
      body: JSON.stringify({ text: 'What do you say to that?' }),
    })
    const text = await response.text()
    if (response.status !== 200 || !text.includes('turn_end')) throw new Error(`${response.status} ${text}`)
  }
  return {
    endedTalk: async () => {
      const session = await openSession(call, agentId, { user_id: 'somebody' })
      await sayIn(session)
      await sayIn(session)
      const { status, body } = await call('POST', `/v1/sessions/${session.id}/end`)
      if (status !== 200 && status !== 202) throw new Error(JSON.stringify(body))
      return session.id
    },
    say: async (messages) => {
      for (let message = 0; message < messages; message += 1) {
        const next = pause(paceMs)
        await sayIn(sessions[sent % open])
        await next
      }
    },
  }
}
