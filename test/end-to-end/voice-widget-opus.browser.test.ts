/**
 * The widget's Opus in a real Chromium, under the page's own policy and against the codec of the server: what is heard, what
 * stops being heard, and what the microphone sends. The server's part is a stub.
 */
import { describe, expect, test } from 'vitest'
import { opusLoader } from '../../packages/server/src/conversation/transports/voice/load-opus.ts'
import { opusPacketMs } from '../../packages/server/src/conversation/transports/voice/opus-packet-ms.ts'
import { findBrowser } from './find-browser.ts'
import { playbackReports as reports } from './playback-reports.ts'
import { toneBrowser } from './tone-browser.ts'
import { tone } from './voice-page.ts'
import type { StubSocket } from './voice-stub.ts'
import { watchFlush } from './watch-flush.ts'

const chromium = findBrowser()
const opus = await opusLoader()()
const resume = { token: 'resume-1', window_seconds: 30, listens: true }
const { open } = toneBrowser(chromium)

/** `without`: what the browser lacks. */
async function startTalking(without?: 'AudioEncoder' | 'AudioDecoder') {
  const opened = await open()
  if (without !== undefined) {
    await opened.page.addInitScript((name) => Reflect.deleteProperty(window, name), without)
    await opened.page.reload()
    await opened.phase('waiting')
  }
  await opened.page.getByRole('button', { name: 'Start talking' }).click()
  const socket = await opened.stub.socket(0)
  await socket.ready(resume, without === undefined ? 'opus' : undefined)
  await opened.phase('ready')
  return { ...opened, socket }
}

/** As the server sends it: each call is an utterance of its own. */
function sendSpeech(socket: StubSocket, pcm: Uint8Array): void {
  const encoder = opus.createEncoder()
  for (let at = 0; at + 960 <= pcm.byteLength; at += 960) socket.sendPacket(encoder.encode(pcm.subarray(at, at + 960)))
}

const reported = (socket: StubSocket, epoch: number, ms: number) =>
  socket.until(() => reports(socket).find((report) => report.epoch === epoch && report.played_ms >= ms))

/** Root mean square and frequency of what packets hold. */
function measure(packets: readonly Buffer[]): { level: number; hertz: number } {
  const decoder = opus.createDecoder()
  const pcm = packets.map((packet) => decoder.decode(packet) ?? new Uint8Array())
  const samples = new Int16Array(new Uint8Array(Buffer.concat(pcm)).buffer)
  const level = Math.sqrt(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length)
  const rises = samples.filter((sample, at) => at > 0 && sample >= 0 && (samples[at - 1] ?? 0) < 0).length
  return { level, hertz: (rises * 16_000) / samples.length }
}

describe.skipIf(chromium === undefined)('a browser that has Opus', () => {
  test('asks for it, plays packets as loud as they were, and reports the sound in them', async () => {
    const { socket, loudest, complaints, context } = await startTalking()
    expect((await socket.envelope('client-ready')).data).toMatchObject({
      about: { platform_details: { interruption_frame: true, audio_codec: 'opus' } },
    })
    sendSpeech(socket, tone(1000))
    // Half a filter of samples stays behind, which the silence after an utterance pushes out.
    expect((await reported(socket, 0, 998)).played_ms).toBeLessThanOrEqual(1000)
    expect(await loudest()).toBeCloseTo(9000 / 32_768, 1)
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('is silent within 40 ms of frame 5, and nothing of what was cut is in what comes next', async () => {
    const { socket, page, loudest, context, complaints } = await startTalking()
    const heardAfterFlush = await watchFlush(page)
    sendSpeech(socket, tone(1500))
    await reported(socket, 0, 400)
    // Packets that are still being decoded when the flush comes.
    sendSpeech(socket, tone(500))
    socket.interrupt()
    await reported(socket, 1, 0)
    const afterFlush = await heardAfterFlush()
    expect(afterFlush).toBeLessThan(40)
    await loudest()
    sendSpeech(socket, Buffer.alloc(960 * 10))
    await reported(socket, 1, 190)
    expect(await loudest()).toBeLessThan(0.0001)
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('sends the microphone as packets of 20 ms in a tenth of the bytes, and nothing of it while muted', async () => {
    const { socket, page, context, complaints } = await startTalking()
    await socket.until(() => socket.packets.length > 110)
    const packets = socket.packets.slice(10, 110)
    expect(packets.every((packet) => opusPacketMs(packet) === 20)).toBe(true)
    expect(packets.reduce((sum, packet) => sum + packet.byteLength, 0)).toBeLessThan(2 * 3200)
    const heard = measure(packets)
    expect(heard.level).toBeGreaterThan(0.02)
    expect(heard.hertz).toBeGreaterThan(980)
    expect(heard.hertz).toBeLessThan(1020)
    await page.getByRole('button', { name: 'Mute microphone' }).click()
    await page.getByText('Muted: nothing you say leaves this device.').waitFor()
    const from = socket.packets.length + 15
    await socket.until(() => socket.packets.length > from + 30)
    expect(measure(socket.packets.slice(from)).level).toBeLessThan(0.0005)
    expect(socket.audio).toEqual([])
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('goes on with a new codec when the socket is replaced', async () => {
    const { socket, stub, phase, context } = await startTalking()
    sendSpeech(socket, tone(200))
    await reported(socket, 0, 190)
    socket.drop()
    const next = await stub.socket(1)
    await next.ready({ ...resume, token: 'resume-2' }, 'opus')
    await phase('ready')
    await next.until(() => next.packets.length > 5)
    sendSpeech(next, tone(200))
    await reported(next, 0, 190)
    await context.close()
  })

  test('goes on after a packet that cannot be decoded', async () => {
    const { socket, context } = await startTalking()
    for (const broken of [[], [0xfb, 0], [0xfa, 200, 1], [0xfb, 0x41, 250]]) socket.sendPacket(Uint8Array.from(broken))
    await socket.until(() => socket.packets.length > 30)
    sendSpeech(socket, tone(400))
    await reported(socket, 0, 300)
    await context.close()
  })
})

describe.skipIf(chromium === undefined)('a browser that lacks half of it', () => {
  test.each(['AudioEncoder', 'AudioDecoder'] as const)(
    'without %s asks for nothing, and sends samples',
    async (name) => {
      const { socket, context, complaints } = await startTalking(name)
      expect(JSON.stringify(await socket.envelope('client-ready'))).not.toContain('audio_codec')
      await socket.until(() => socket.audio.length > 5)
      expect(socket.audio[0]?.pcm.length).toBe(640)
      expect(socket.packets).toEqual([])
      socket.sendAudio(tone(400))
      await reported(socket, 0, 400)
      expect(complaints()).toEqual([])
      await context.close()
    },
  )
})
