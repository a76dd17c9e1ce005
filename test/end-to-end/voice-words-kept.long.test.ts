/** What a person has said or typed is answered, or stands in the transcript, or they are told that it was dropped. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { type SocketServer, startSocketServer } from '../harness-provider/start-socket-server.ts'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { type CallerSession, VoiceCaller } from './voice-caller.ts'

const slow = { timeout: 60_000 }
const long = 'This is a rather long sentence that takes several seconds to be spoken out loud by the voice.'
const wish = 'Please cancel my appointment.'

describe('the words of a person', () => {
  let home: string
  let server: ServerProcess
  let deepgram: SocketServer
  const ears: WebSocket[] = []
  let call: ReturnType<typeof apiClient>
  let credential: string

  beforeAll(async () => {
    deepgram = await startSocketServer({
      judge: () => undefined,
      onSocket: (socket) => {
        ears.push(socket)
      },
    })
    home = await makeHome()
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: deepgram.allowEntry } })
    call = apiClient(server.url, (await server.demo()).api_key)
    credential = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: 'dg-e2e-words-kept' })
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    await deepgram.close()
    await removeHome(home)
  })

  const open = async (voice: Readonly<Record<string, unknown>>): Promise<CallerSession & { id: string }> => {
    const agentId = await publishAgent(call, 'Keeper', {
      persona: { prompt: 'A talker.' },
      model: { kind: 'scripted', script: { rules: [], otherwise: long } },
      voice,
      policy: {},
    })
    return openVoiceSession(call, agentId)
  }
  const stored = async (id: string): Promise<string> =>
    JSON.stringify((await call('GET', `/v1/sessions/${id}/turns`)).body)
  const understood = async (): Promise<CallerSession & { id: string; caller: VoiceCaller }> => {
    const before = ears.length
    const session = await open({
      speech_to_text: { provider: 'deepgram', base_url: deepgram.url, credential_id: credential },
    })
    const caller = await VoiceCaller.connect(session)
    await expect.poll(() => ears.length, { timeout: 10_000 }).toBe(before + 1)
    const channel = { alternatives: [{ transcript: wish }] }
    ears.at(-1)?.send(JSON.stringify({ type: 'Results', start: 0, duration: 1, is_final: true, channel }))
    await caller.until(() => caller.messages.some(({ data }) => data['text'] === wish && data['final'] === true), wish)
    return { ...session, caller }
  }

  test('that were typed and waited for their turn when the socket was lost', slow, async () => {
    const session = await open({})
    const caller = await VoiceCaller.connect(session)
    caller.type('talk')
    await caller.until(() => caller.heardMs > 300, 'speech')
    caller.type(wish, { run_immediately: false })
    await pause(300)
    const token = String(caller.own('resume')[0]?.['token'])
    caller.lose()
    await pause(300)
    const again = await VoiceCaller.connect({ ...session, token })
    await pause(3000)
    expect((await stored(session.id)).includes(wish) || again.has('error') || again.words !== '').toBe(true)
    again.lose()
  })

  test('that were understood just before the socket was lost', slow, async () => {
    const { caller, ...session } = await understood()
    await caller.until(() => caller.own('resume').length > 0, 'the token')
    const token = String(caller.own('resume')[0]?.['token'])
    caller.lose()
    await pause(300)
    const again = await VoiceCaller.connect({ ...session, token })
    await pause(3000)
    expect((await stored(session.id)).includes(wish) || again.words !== '').toBe(true)
    again.lose()
  })

  test('that were understood just before they hung up', slow, async () => {
    const { caller, id } = await understood()
    caller.tell('disconnect-bot', {})
    await caller.until(() => caller.closed !== undefined, 'close')
    expect(await stored(id)).toContain(wish)
  })
})
