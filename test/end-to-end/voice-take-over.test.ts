/** An operator takes a spoken conversation over and gives it back, over a real server: real signals, real sound, the live socket. */
import { escalationSchema, type LiveFrame, liveFrameSchema, pageSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { makeSpeechClips, type SpeechClip } from '../harness-provider/make-speech-clips.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { apiClient, say } from './api-client.ts'
import { Microphone } from './caller-microphone.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { openSession, publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, runCommand, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const speechKey = 'dg-e2e-7a31b90cc5'
const slow = { timeout: 120_000 }
const texts = ['I want to talk to a human.', 'When are you open on Monday?'] as const
const ticketSchema = z.object({ ticket: z.string(), ws_url: z.string() })
/** What an operator may wait for the words of the person, on a machine that does other things as well. */
const soonMs = 1_000
/** Behind the last word the end of the turn is waited for. */
const turnSilenceMs = 2_000

describe('a spoken conversation that an operator takes over', () => {
  let home: string
  let server: ServerProcess
  let deepgram: DeepgramServer
  let call: ReturnType<typeof apiClient>
  let operator: ReturnType<typeof apiClient>
  let clips: SpeechClip[]
  let agentId: string

  beforeAll(async () => {
    clips = await makeSpeechClips(texts, 'rms')
    deepgram = await startDeepgramServer({ clips, key: speechKey })
    home = await makeHome()
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: deepgram.allowEntry } })
    call = apiClient(server.url, (await server.demo()).api_key)
    const token = await runCommand(['operator-token', 'create', '--role', 'reviewer'], { HYPONEMA_HOME: home })
    operator = apiClient(server.url, token.output.trim())
    const credential = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: speechKey })
    agentId = await publishAgent(call, 'Listener', {
      persona: { prompt: 'A listener.' },
      model: {
        kind: 'scripted',
        script: { rules: [{ when: ['open'], say: ['From eight to six.'] }], otherwise: 'Yes.' },
      },
      voice: { speech_to_text: { provider: 'deepgram', base_url: deepgram.url, credential_id: credential } },
      policy: {
        escalation_rules: [
          { name: 'person', triggers: { explicit_wish: true }, queue: 'desk', say: 'I call somebody.' },
        ],
      },
    })
  }, 120_000)
  afterAll(async () => {
    await server.kill()
    await deepgram.close()
    await removeHome(home)
  })

  const openDesk = async () => {
    const { body } = await operator('POST', '/v1/escalations/live-tickets', {})
    const { ticket, ws_url } = ticketSchema.parse(body)
    const frames: { readonly frame: LiveFrame; readonly atMs: number }[] = []
    const socket = new WebSocket(ws_url, ['hyponema.operator.v1', `hyponema.token.${ticket}`], { origin: server.url })
    socket.on('message', (data) => {
      if (!Buffer.isBuffer(data)) throw new Error('a frame in pieces came')
      frames.push({ frame: liveFrameSchema.parse(JSON.parse(data.toString())), atMs: performance.now() })
    })
    const until = <Found>(
      look: (frame: LiveFrame) => Found | undefined,
      since = 0,
    ): Promise<{ found: Found; atMs: number }> =>
      vi.waitFor(
        () => {
          for (const { frame, atMs } of frames) {
            const found = atMs < since ? undefined : look(frame)
            if (found !== undefined) return { found, atMs }
          }
          throw new Error(`not told: ${JSON.stringify(frames.map(({ frame }) => frame).slice(-3))}`)
        },
        { timeout: 20_000, interval: 20 },
      )
    return { socket, until }
  }
  const said = (frame: LiveFrame, text: string) =>
    frame.type === 'talk' ? frame.data.find((message) => message.text === text && message.is_delivered) : undefined

  test('hears the operator in the voice of the agent, is read as it speaks, and has the agent again', {
    timeout: 120_000,
  }, async () => {
    const desk = await openDesk()
    const session = await openVoiceSession(call, agentId, { modality: 'voice+text' })
    const caller = await VoiceCaller.connect(session)
    const microphone = new Microphone(caller)
    microphone.start()
    microphone.say(clips[0]?.pcm ?? new Uint8Array())
    await caller.until(() => caller.words.includes('I call somebody.'), 'the line of the rule')
    const { found: row } = await desk.until((frame) =>
      frame.type === 'queue' ? frame.data.find(({ session_id }) => session_id === session.id) : undefined,
    )
    await caller.turnEnd(1)
    expect((await operator('POST', `/v1/escalations/${row.id}/claim`, {})).status).toBe(200)
    await caller.until(() => caller.own('escalation').some(({ state }) => state === 'with_person'), 'who talks now')
    desk.socket.send(JSON.stringify({ type: 'watch', escalation_id: row.id }))
    await desk.until((frame) => said(frame, texts[0]))

    const before = caller.words
    microphone.say(clips[1]?.pcm ?? new Uint8Array())
    const understood = () =>
      caller.messages.find(
        ({ type, data }) => type === 'user-transcription' && data['final'] === true && data['text'] === texts[1],
      )
    await caller.until(() => understood() !== undefined, 'the words of the person')
    const read = await desk.until((frame) => said(frame, texts[1]))
    expect(read.atMs - (understood()?.atMs ?? 0)).toBeLessThan(soonMs + turnSilenceMs)
    expect(caller.words).toBe(before)

    const soundBefore = caller.heardMs
    const sentMs = performance.now()
    desk.socket.send(JSON.stringify({ type: 'say', id: 'one', escalation_id: row.id, text: 'Good day, Ann speaking.' }))
    await caller.until(() => caller.words.includes('Good day, Ann speaking.'), 'the words of the operator')
    const spoken = caller.messages.findLast(({ type }) => type === 'bot-llm-text')
    expect((spoken?.atMs ?? 0) - sentMs).toBeLessThan(soonMs)
    await caller.until(() => caller.heardMs > soundBefore + 800, 'the voice')
    expect(caller.own('turn_start').at(-1)).toMatchObject({ role: 'operator' })
    await desk.until((frame) => said(frame, 'Good day, Ann speaking.'))

    expect((await operator('POST', `/v1/escalations/${row.id}/return`, {})).status).toBe(200)
    await caller.until(() => caller.own('escalation').at(-1)?.['state'] === 'with_agent', 'that the agent is back')
    await desk.until((frame) => (frame.type === 'unwatched' ? frame.code : undefined))
    microphone.stop()
    caller.type('When are you open?')
    await caller.until(() => caller.words.includes('From eight to six.'), 'the agent')
    expect(caller.own('turn_start').at(-1)).toMatchObject({ role: 'agent' })
    caller.lose()
    desk.socket.terminate()
  })

  test(
    'whose server is killed leaves no claim behind: it is closed, and nobody waits for an answer',
    slow,
    async () => {
      const session = await openSession(call, agentId)
      await say(session, { text: 'Can I talk to a human, please?' })
      const listed = async () => {
        const { body } = await operator('GET', '/v1/escalations?limit=200')
        return pageSchema(escalationSchema)
          .parse(body)
          .data.find(({ session_id }) => session_id === session.id)
      }
      const row = await listed()
      expect((await operator('POST', `/v1/escalations/${row?.id}/claim`, {})).status).toBe(200)
      await server.kill()
      server = await startProcess({ home })
      call = apiClient(server.url, (await server.demo()).api_key)
      const token = await runCommand(['operator-token', 'create', '--role', 'reviewer'], { HYPONEMA_HOME: home })
      operator = apiClient(server.url, token.output.trim())
      await vi.waitFor(async () => expect(await listed()).toMatchObject({ state: 'resolved', outcome: 'taken_over' }), {
        timeout: 40_000,
        interval: 250,
      })
      const ended = await call('GET', `/v1/sessions/${session.id}`)
      expect(ended.body).toMatchObject({ status: 'failed' })
    },
  )
})
