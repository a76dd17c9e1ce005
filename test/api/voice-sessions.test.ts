/** Voice sessions by the public door: what a creation answers and refuses, and what joining them spends. */
import { createdSessionSchema, encodeId, sessionSchema } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { joinRequest } from './join-request.ts'
import { createdSession, draftAgent, type MadeAgent, publishedAgent } from './made-things.ts'
import { send } from './talk.ts'

describe('a voice session', () => {
  let api: Api
  let agent: MadeAgent
  beforeAll(async () => {
    api = await openApi()
    agent = await publishedAgent(api.a, scriptedDocument({ voice: {} }))
  })
  afterAll(() => api.close())

  const create = (body: object = {}) =>
    api.a.call('POST', '/v1/sessions', { body: { agent_id: agent.id, user_id: 'u', modality: 'voice+text', ...body } })
  const read = async ({ id }: { id: string }) =>
    sessionSchema.parse((await api.a.call('GET', `/v1/sessions/${id}`)).body)

  test('has a socket and no place for messages; the token waits a minute for it', async () => {
    const made = createdSessionSchema.parse((await create()).body)
    expect(made.ws_url).toBe(`ws://127.0.0.1:4700/v1/sessions/${made.id}/voice`)
    expect(made.signed_url).toBe(`${made.ws_url}?token=${made.token}`)
    expect(made.messages_url).toBeNull()
    const session = await read(made)
    expect(session).toMatchObject({ modality: 'voice+text', status: 'pending' })
    expect(Date.parse(session.expires_at) - Date.parse(session.created_at)).toBe(60_000)
  })

  test('may wait five minutes and no longer', async () => {
    expect((await create({ ttl_seconds: 300 })).status).toBe(201)
    const answer = await create({ ttl_seconds: 301 })
    expect([answer.status, answer.code()]).toEqual([422, 'request.invalid'])
    expect(answer.text).toContain('/ttl_seconds')
  })

  test('takes no typed turns over HTTP', async () => {
    const session = await createdSession(api.a, agent, { modality: 'voice+text' })
    const answer = await send(api, session, 'hi')
    expect(answer.status).toBe(401)
  })

  test('a join spends its token, and lives from then on as long as the agent allows', async () => {
    const session = await createdSession(api.a, agent, { modality: 'voice' })
    const request = await joinRequest(api, session, 'connect')
    const live = await api.host.join(request)
    const spent = await api.ask<{ kind: string; spent_at: Date | null }>(
      'select kind, spent_at from tenant.session_tokens where jti = $1',
      [request.jti],
    )
    expect(spent).toMatchObject([{ kind: 'connect' }])
    expect(spent[0]?.spent_at).not.toBeNull()
    const after = await read(session)
    expect(after.status).toBe('in_progress')
    expect(Date.parse(after.expires_at) - Date.parse(after.started_at ?? '')).toBe(3_600_000)
    await expect(api.host.join(request)).rejects.toMatchObject({ code: 'session.token_invalid' })
    await live.end('ended_by_backend')
    await expect(api.host.join(request)).rejects.toMatchObject({ code: expect.stringMatching(/^session\./) })
  })

  test('a text session is not joined by a socket, nor a voice session by text', async () => {
    const text = await createdSession(api.a, agent)
    await expect(api.host.join(await joinRequest(api, text, 'connect'))).rejects.toMatchObject({
      code: 'session.token_invalid',
    })
    const voice = await createdSession(api.a, agent, { modality: 'voice' })
    const request = { ...(await joinRequest(api, voice, 'connect')), kind: 'turn' } as const
    await expect(api.host.join(request)).rejects.toMatchObject({ code: 'session.token_invalid' })
    expect((await read(voice)).status).toBe('pending')
  })

  test.each([
    [
      '/voice/speech_to_text/credential_id',
      (id: string) => ({ speech_to_text: { provider: 'deepgram' as const, credential_id: id } }),
    ],
    [
      '/voice/text_to_speech/credential_id',
      (id: string) => ({ text_to_speech: { provider: 'elevenlabs' as const, voice_id: 'v1', credential_id: id } }),
    ],
  ] as const)('an agent whose credential at %s does not exist is not published', async (pointer, voice) => {
    const { id } = await draftAgent(api.a, scriptedDocument({ voice: voice(encodeId('credential', newId())) }))
    const answer = await api.a.call('POST', `/v1/agents/${id}/publish`, { body: {} })
    expect([answer.status, answer.code()]).toEqual([409, 'credential.missing'])
    expect(answer.text).toContain(pointer)
  })

  test('a draft with a voice is told by its fields', async () => {
    const { id } = await draftAgent(api.a, scriptedDocument({ voice: {} }))
    const agentRead = await api.a.call('GET', `/v1/agents/${id}`)
    expect(agentRead.body).toMatchObject({
      draft: {
        voice: {
          text_to_speech: { provider: 'flite', voice: 'slt' },
          idle: { after_seconds: 20, max_prompts: 2 },
        },
      },
    })
  })
})
