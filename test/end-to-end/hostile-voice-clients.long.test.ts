/** Clients that mean harm, on a real server: each gets a close code, and twenty conversations beside them notice nothing. */
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ElevenLabsServer, startElevenLabsServer } from '../harness-provider/start-elevenlabs-server.ts'
import { apiClient } from './api-client.ts'
import { openVoiceSession } from './open-voice-session.ts'
import { publishAgent } from './published-agent.ts'
import { sealCredential } from './seal-credential.ts'
import { makeHome, removeHome, type ServerProcess, startProcess } from './server-process.ts'
import { type CallerSession, VoiceCaller } from './voice-caller.ts'

/** Of tones: twenty voices of flite would fight for the processor with every other suite, and their gaps say nothing of attacks. */
const voiceKey = 'el-hostile-41d07c55'
const goodSessions = 20
/** This machine may be busy with other suites: what is looked for here is a server that stands still. The figure is printed. */
const standstillMs = 2000
/** About as long as the attacks take on an idle machine. */
const calmMs = 4000

describe('hostile voice clients', () => {
  let home: string
  let voices: ElevenLabsServer
  let server: ServerProcess
  let call: ReturnType<typeof apiClient>
  let agentId: string

  beforeAll(async () => {
    home = await makeHome()
    voices = await startElevenLabsServer({ key: voiceKey })
    server = await startProcess({ home, environment: { HYPONEMA_OUTBOUND_ALLOW: voices.allowEntry } })
    call = apiClient(server.url, (await server.demo()).api_key)
    agentId = await publishAgent(call, 'Talker', {
      persona: { prompt: 'A talker.' },
      model: {
        kind: 'scripted',
        script: {
          rules: [],
          otherwise: Array.from({ length: 40 }, (_, at) => `This is sentence number ${at}.`).join(' '),
        },
      },
      voice: {
        text_to_speech: {
          provider: 'elevenlabs',
          base_url: voices.url,
          voice_id: 'tone',
          credential_id: await sealCredential(server, { kind: 'voice', provider: 'elevenlabs', secret: voiceKey }),
        },
      },
      policy: {},
    })
  }, 90_000)
  afterAll(async () => {
    await server.kill()
    await voices.close()
    await removeHome(home)
  })

  const open = (): Promise<CallerSession> => openVoiceSession(call, agentId)
  const closeCode = async (attack: (caller: VoiceCaller) => void | Promise<void>): Promise<number | undefined> => {
    const caller = await VoiceCaller.connect(await open())
    await attack(caller)
    await caller.until(() => caller.closed !== undefined, 'the close', 15_000)
    return caller.closed?.code
  }

  test('each gets its code; twenty good sessions hear every frame in time', { timeout: 120_000 }, async () => {
    // Each address has 20 upgrades a second, so they come one after the other.
    const good: VoiceCaller[] = []
    for (let nth = 0; nth < goodSessions; nth += 1) {
      const caller = await VoiceCaller.connect(await open())
      caller.type('talk')
      good.push(caller)
      await pause(60)
    }
    await Promise.all(good.map((caller) => caller.until(() => caller.heardMs > 300, 'speech')))
    const calmFromMs = performance.now()
    await pause(calmMs)
    const attackedFromMs = performance.now()
    const calmGaps = good.map((caller) => largestGap(caller, calmFromMs))
    const codes = {
      'a rate that nobody has': await closeCode((caller) => caller.speak(new Uint8Array(640), 7777)),
      'an odd number of bytes': await closeCode((caller) => caller.speak(new Uint8Array(641))),
      '10 MB in a frame': await closeCode((caller) => caller.sendRaw(new Uint8Array(10_485_760))),
      'text where binary is due': await closeCode((caller) => caller.sendRaw('hello')),
      'bytes that are no frame': await closeCode((caller) => caller.sendRaw(new Uint8Array([255, 255, 255, 255, 15]))),
      '1,000 messages at once': await closeCode((caller) => {
        for (let nth = 0; nth < 1000; nth += 1)
          caller.tell('client-message', { t: 'playback', d: { epoch: 0, played_ms: nth } })
      }),
      'minutes of audio at once': await closeCode((caller) => {
        for (let nth = 0; nth < 1000; nth += 1) caller.speak(new Uint8Array(6400))
      }),
    }
    const deaf = await neverReads(await open(), server.url)
    await pause(500)
    const gaps = good.map((caller) => largestGap(caller, attackedFromMs))
    process.stdout.write(
      `good sessions: largest gap between frames ${told(gaps)}; before the attacks ${told(calmGaps)}\n`,
    )
    expect(codes).toEqual({
      'a rate that nobody has': 1007,
      'an odd number of bytes': 1007,
      '10 MB in a frame': 1009,
      'text where binary is due': 1003,
      'bytes that are no frame': 1007,
      '1,000 messages at once': 4429,
      'minutes of audio at once': 4429,
    })
    expect(good.filter(({ closed }) => closed !== undefined)).toEqual([])
    expect(Math.max(...gaps)).toBeLessThan(standstillMs)
    deaf.destroy()
    for (const caller of good) caller.lose()
  })
})

function largestGap({ audio }: VoiceCaller, fromMs: number): number {
  const times = audio.filter(({ atMs }) => atMs >= fromMs).map(({ atMs }) => atMs)
  return Math.max(0, ...times.slice(1).map((atMs, at) => atMs - (times[at] ?? atMs)))
}

function told(gaps: readonly number[]): string {
  return `${median(gaps).toFixed(0)} ms (median of the sessions), ${Math.max(...gaps).toFixed(0)} ms (worst)`
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0
}

/** Opens a socket by hand and reads nothing of what comes. */
async function neverReads(session: CallerSession, origin: string): Promise<ReturnType<typeof connect>> {
  const { port, hostname } = new URL(origin)
  const socket = connect({ port: Number(port), host: hostname })
  socket.on('error', () => undefined)
  const lines = [
    `GET ${new URL(session.wsUrl).pathname} HTTP/1.1`,
    `Host: ${hostname}:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: hyponema.rtvi.v2, hyponema.token.${session.token}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  socket.pause()
  await pause(200)
  return socket
}
