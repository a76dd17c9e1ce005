import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { VoiceCaller } from './voice-socket-client.ts'
import { type Session, startVoiceServer, type VoiceServer } from './voice-socket-server.ts'

export type VoiceServers = {
  readonly server: VoiceServer
  /** The same with times that a test can wait for. */
  readonly hasty: VoiceServer
}

/**
 * Two servers for a file of tests, and twenty good callers on the first. Whatever one client does in a test: after it each of
 * them is answered, at once and nothing but its own words.
 */
export async function voiceServers(): Promise<VoiceServers> {
  const server = await startVoiceServer()
  const hasty = await startVoiceServer({ limits: { admitMs: 150, readyMs: 150, pingMs: 250, closeMs: 200 } })
  let good: readonly VoiceCaller[] = []
  let round = 0
  beforeAll(async () => {
    good = await Promise.all(Array.from({ length: 20 }, () => new VoiceCaller(server.port, server.session()).ready()))
  })
  afterAll(async () => {
    await Promise.all([server.close(), hasty.close()])
  })
  afterEach(async () => {
    round += 1
    const answers = good.map(async (caller, index) => {
      const text = `hello ${round} from ${index}`
      caller.say('send-text', { content: text })
      const { data } = await caller.heard('bot-transcription', ({ id }) => id === String(round + 1))
      expect(data).toEqual({ text })
    })
    await Promise.all(answers)
  })
  return { server, hasty }
}

/** A caller that is ready, and its session. */
export async function openCall(on: VoiceServer): Promise<{ caller: VoiceCaller; session: Session }> {
  const session = on.session()
  return { session, caller: await new VoiceCaller(on.port, session).ready() }
}

/** Waits until this is the last thing that the session was told. */
export async function settled(session: Session, last: 'begun' | 'gone' | 'abandoned'): Promise<void> {
  await expect.poll(() => session.told.turns.at(-1), { timeout: 5_000 }).toBe(last)
}
