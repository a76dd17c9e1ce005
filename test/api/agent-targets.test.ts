import { encodeId } from '@hyponema/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireChecked } from '../../packages/server/src/features/agents/check-targets.ts'
import { parsedDocument, scriptedDocument } from './agent-documents.ts'
import { type Api, newId, openApi } from './api-harness.ts'
import { draftAgent } from './made-things.ts'

describe('where an agent aims', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())

  const aimed = (modelUrl: string, earsUrl: string, voiceUrl: string) =>
    scriptedDocument({
      model: {
        kind: 'openai_compatible',
        provider: 'custom',
        model: 'x',
        base_url: modelUrl,
        credential_id: encodeId('credential', newId()),
      },
      voice: {
        speech_to_text: { provider: 'deepgram', base_url: earsUrl, credential_id: encodeId('credential', newId()) },
        text_to_speech: {
          provider: 'elevenlabs',
          voice_id: 'v',
          base_url: voiceUrl,
          credential_id: encodeId('credential', newId()),
        },
      },
    })
  const inside = ['https://a.inside.example/v1', 'https://169.254.169.254', 'https://[::1]'] as const
  const outside = ['https://a.example/v1', 'https://b.example', 'https://c.example'] as const
  const places = ['/model/base_url', '/voice/speech_to_text/base_url', '/voice/text_to_speech/base_url']
  const refusal = ['outbound.address_refused', places.map((place) => `/document${place}`)]

  test('a draft that aims at an inside address is not saved, and every such place is named without a reason', async () => {
    const create = await api.a.call('POST', '/v1/agents', { body: { name: 'Aimed', document: aimed(...inside) } })
    expect([create.status, create.code(), create.pointers()]).toEqual([422, ...refusal])
    expect(create.text).not.toMatch(/public|private|resolve|inside/)
    const { id } = await draftAgent(api.a, aimed(...outside))
    const update = await api.a.call('PATCH', `/v1/agents/${id}`, { body: { document: aimed(...inside) } })
    expect([update.status, update.code(), update.pointers()]).toEqual([422, ...refusal])
    const one = await api.a.call('PATCH', `/v1/agents/${id}`, { body: { document: aimed(...outside), name: 'Moved' } })
    expect(one.status).toBe(200)
  })

  test('a draft that was saved is judged again when it is published, with the list of the workspace as it is now', async () => {
    const { id } = await draftAgent(api.b, aimed(...outside))
    const narrow = async (hosts: readonly string[] | null) =>
      api.b.call('PATCH', '/v1/workspaces/current', {
        credential: await api.b.makeOperatorToken(),
        body: { outbound_hosts: hosts },
      })
    const publishIt = () => api.b.call('POST', `/v1/agents/${id}/publish`, { body: {} })
    await narrow(['a.example', 'c.example'])
    const refused = await publishIt()
    expect([refused.status, refused.code(), refused.pointers()]).toEqual([
      422,
      'outbound.address_refused',
      ['/voice/speech_to_text/base_url'],
    ])
    await narrow(null)
    // Allowed now, so that what is missing next is the credential.
    expect((await publishIt()).code()).toBe('credential.missing')
  })

  test('without a key a draft aims only where the installation has opened the door', async () => {
    const keyless = (base_url: string) =>
      api.a.call('POST', '/v1/agents', {
        body: {
          name: 'Keyless',
          document: scriptedDocument({
            model: { kind: 'openai_compatible', provider: 'ollama', model: 'x', base_url },
          }),
        },
      })
    expect((await keyless('http://127.0.0.1:9/v1')).status).toBe(201)
    const refused = await keyless('https://a.example/v1')
    expect([refused.code(), refused.pointers()]).toEqual(['outbound.address_refused', ['/document/model/base_url']])
  })

  test('a draft that changed while it was judged is not published with a target that nobody has judged', () => {
    const judged = new Set([
      'with a key https://a.example/v1',
      'with a key wss://b.example',
      'with a key wss://c.example',
    ])
    expect(() => requireChecked(parsedDocument(aimed(...outside)), judged)).not.toThrow()
    expect(() => requireChecked(parsedDocument(aimed(...inside)), judged)).toThrow(
      expect.objectContaining({ code: 'request.conflict' }),
    )
  })
})
