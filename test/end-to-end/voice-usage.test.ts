/** What was listened to since the last turn is on the provider's bill, and must be on ours. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readEmbeddedAddress } from '../../packages/server/src/commands/read-embedded-address.ts'
import { openLoginPool } from '../../packages/server/src/platform/postgres/login-pool.ts'
import { startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { ask } from '../isolation/scratch-database.ts'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { VoiceCaller } from './voice-caller.ts'

const key = 'dg-e2e-usage-19c2'
const adminSchema = z.looseObject({ superuser: z.object({ user: z.string(), password: z.string() }) })

describe('the usage of a voice session', () => {
  let home: string
  let server: ServerProcess
  let deepgram: Awaited<ReturnType<typeof startDeepgramServer>>
  beforeAll(async () => {
    deepgram = await startDeepgramServer({ clips: [], key })
    home = await makeHome()
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: deepgram.allowEntry } })
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    await deepgram.close()
    await removeHome(home)
  })

  test('counts what was listened to although no turn followed', { timeout: 60_000 }, async () => {
    const call = apiClient(server.url, (await server.demo()).api_key)
    const credential = await sealCredential(server, { kind: 'speech', provider: 'deepgram', secret: key })
    const agentId = await publishAgent(call, 'Listener', {
      persona: { prompt: 'A listener.' },
      model: { kind: 'scripted', script: { rules: [] } },
      voice: { speech_to_text: { provider: 'deepgram', base_url: deepgram.url, credential_id: credential } },
      policy: {},
    })
    const caller = await VoiceCaller.connect(await openVoiceSession(call, agentId, { modality: 'voice' }))
    for (let frame = 0; frame < 100; frame += 1) caller.speak(new Uint8Array(640))
    await expect.poll(() => deepgram.received.at(-1)?.audio().byteLength).toBe(64_000)
    caller.tell('disconnect-bot', {})
    await caller.until(() => caller.closed !== undefined, 'close')
    const { superuser } = adminSchema.parse(JSON.parse(await readFile(join(home, 'admin.json'), 'utf8')))
    const address = await readEmbeddedAddress(join(home, 'address.json'))
    if (address === undefined) throw new Error('no database runs')
    const pool = openLoginPool({ address, login: superuser, limits: { maxConnections: 1 } })
    try {
      expect(await ask(pool, 'select listened_ms::int from tenant.sessions')).toEqual([{ listened_ms: 2000 }])
    } finally {
      await pool.close()
    }
  })
})
