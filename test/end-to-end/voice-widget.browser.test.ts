/**
 * The widget in a real Chromium under the page's own policy: what is heard, what stops being heard and how fast, what the
 * microphone sends, and what the page says about it. The server's part is a stub; the whole product is driven elsewhere.
 */
import { describe, expect, test } from 'vitest'
import { findBrowser } from './find-browser.ts'
import { playbackReports as reports } from './playback-reports.ts'
import { toneBrowser } from './tone-browser.ts'
import { tone } from './voice-page.ts'
import type { StubSocket } from './voice-stub.ts'
import { watchFlush } from './watch-flush.ts'

const chromium = findBrowser()
const turnId = 'trn_01jd3v7t6zf3m8k2x9w4c5b6n7'
const spoken = { timestamp: '2026-01-31T12:00:00.000Z', user_id: 'person' }
const { open } = toneBrowser(chromium)

async function openPage(options: Parameters<typeof open>[0] = {}) {
  const { listens = true } = options
  const opened = await open(options)
  const start = async () => {
    await opened.page.getByRole('button', { name: 'Start talking' }).click()
    const socket = await opened.stub.socket(0)
    await socket.ready({ token: 'resume-1', window_seconds: 30, listens })
    await opened.phase('ready')
    return socket
  }
  return { ...opened, start }
}

/** Root mean square, and how often a second the signal rises through zero. */
function measure(frames: StubSocket['audio']): { level: number; hertz: number } {
  const samples = new Int16Array(new Uint8Array(Buffer.concat(frames.map((frame) => frame.pcm))).buffer)
  const level = Math.sqrt(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length)
  const rises = samples.filter((sample, index) => index > 0 && sample >= 0 && (samples[index - 1] ?? 0) < 0).length
  return { level, hertz: (rises * 16_000) / samples.length }
}

describe.skipIf(chromium === undefined)('the page of an agent with a voice', () => {
  test('opens no socket, no microphone and no sound before the person begins', async () => {
    const { page, stub, complaints, loudest, context } = await openPage()
    expect(await page.getByRole('heading', { name: 'Talk to Riverside Clinic' }).isVisible()).toBe(true)
    expect([stub.sockets.length, await loudest()]).toEqual([0, 0])
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('plays what comes, reports how far it played, and refuses nothing of it by its policy', async () => {
    const { start, loudest, complaints, context, page } = await openPage()
    const socket = await start()
    expect(socket.token).toBe('connect-1')
    expect((await socket.envelope('client-ready')).data).toMatchObject({
      about: { platform: 'web', platform_details: { interruption_frame: true } },
    })
    for (let sent = 0; sent < 1000; sent += 20) socket.sendAudio(tone(20))
    const last = await socket.until(() => reports(socket).find((report) => report.played_ms >= 1000))
    expect(last).toEqual({ epoch: 0, played_ms: 1000 })
    expect(await loudest()).toBeCloseTo(9000 / 32_768, 1)
    const played = reports(socket).map((report) => report.played_ms)
    expect(played).toEqual(played.toSorted((a, b) => a - b))
    expect(played.length).toBeGreaterThanOrEqual(4)
    expect(await page.evaluate(() => document.querySelectorAll('script[src^="blob:"], script:not([src])').length)).toBe(
      0,
    )
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('is silent within 40 ms of frame 5, and user-started-speaking drops nothing', async () => {
    const { start, page, context } = await openPage()
    const socket = await start()
    const heardAfterFlush = await watchFlush(page)
    socket.sendAudio(tone(4000))
    await socket.until(() => reports(socket).find((report) => report.played_ms >= 400))
    socket.say('user-started-speaking')
    const before = reports(socket).at(-1)?.played_ms ?? 0
    await socket.until(() => reports(socket).find((report) => report.played_ms >= before + 300))
    expect(reports(socket).at(-1)?.epoch).toBe(0)
    socket.interrupt()
    const first = await socket.until(() => reports(socket).find((report) => report.epoch === 1))
    expect(first).toEqual({ epoch: 1, played_ms: 0 })
    const afterFlush = await heardAfterFlush()
    expect(afterFlush).toBeGreaterThan(-200)
    expect(afterFlush).toBeLessThan(40)
    socket.sendAudio(tone(100))
    const next = await socket.until(() =>
      reports(socket).find((report) => report.epoch === 1 && report.played_ms >= 100),
    )
    expect(next).toEqual({ epoch: 1, played_ms: 100 })
    await context.close()
  })

  test('sends the microphone as 16 kHz frames of 20 ms, and nothing of it while muted', async () => {
    const { start, page, context, complaints } = await openPage()
    const socket = await start()
    await socket.until(() => socket.audio.length > 60)
    const frames = socket.audio.slice(10, 60)
    expect(new Set(frames.map((frame) => `${frame.rate} ${frame.pcm.length}`))).toEqual(new Set(['16000 640']))
    const heard = measure(frames)
    expect(heard.level).toBeGreaterThan(0.02)
    expect(heard.hertz).toBeGreaterThan(980)
    expect(heard.hertz).toBeLessThan(1020)
    const began = frames[0]?.atMs ?? 0
    const rate = ((frames.length - 1) * 320) / (((frames.at(-1)?.atMs ?? 0) - began) / 1000)
    expect(rate).toBeGreaterThan(14_000)
    expect(rate).toBeLessThan(18_000)
    await page.getByRole('button', { name: 'Mute microphone' }).click()
    await page.getByText('Muted: nothing you say leaves this device.').waitFor()
    // What was on its way when the button was pressed has arrived with the next 10 frames.
    const from = socket.audio.length + 10
    await socket.until(() => socket.audio.length > from + 30)
    expect(socket.audio.slice(from).every((frame) => frame.pcm.every((byte) => byte === 0))).toBe(true)
    await page.getByRole('button', { name: 'Unmute microphone' }).click()
    const again = socket.audio.length + 20
    await socket.until(() => socket.audio.length > again + 20)
    expect(measure(socket.audio.slice(again)).level).toBeGreaterThan(0.02)
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('shows words as they are spoken, the guard, and of an interrupted reply what was heard', async () => {
    const { start, page, context, complaints } = await openPage()
    const socket = await start()
    socket.say('user-transcription', { text: 'how much', final: false, ...spoken })
    await page.getByText('You, speaking').waitFor()
    socket.say('user-transcription', { text: 'How much ibuprofen', final: true, ...spoken })
    socket.say('user-transcription', { text: 'can I give', final: false, ...spoken })
    await page.getByText('How much ibuprofen can I give', { exact: true }).waitFor()
    socket.say('user-transcription', { text: 'can I give my son?', final: true, ...spoken })
    socket.own('turn_start', { turn_id: turnId, role: 'agent' })
    socket.own('guard', {
      turn_id: turnId,
      decision_id: 'dec_01jd3v7t6zf3m8k2x9w4c5b6n7',
      stage: 'output',
      action: 'replace',
      zone: 'medical dosage',
      rule_id: 'dosage',
      engine_ms: 0.31,
      characters_heard: 0,
    })
    socket.say('bot-llm-text', { text: "I can't advise on doses. " })
    socket.say('bot-llm-text', { text: 'A nurse can call you.' })
    await page.getByText('Reply redirected: medical dosage').first().waitFor()
    socket.own('turn_end', { turn_id: turnId, status: 'cut', session_status: 'in_progress', heard_characters: 24 })
    await page.getByText('Agent, interrupted').waitFor()
    const turns = await page.locator('.turn p').allTextContents()
    expect(turns).toEqual(['How much ibuprofen can I give my son?', "I can't advise on doses."])
    expect(await page.getByRole('alert').textContent()).toBe('Reply redirected: medical dosage')
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('connects again with the resume token, and goes on', async () => {
    const { start, page, phase, stub, context, complaints } = await openPage()
    const socket = await start()
    socket.sendAudio(tone(200))
    await socket.until(() => reports(socket).find((report) => report.played_ms >= 200))
    stub.refuseWith = 1011
    socket.drop()
    await phase('reconnecting')
    expect(await page.locator('.notice').innerText()).toContain('The connection was lost')
    stub.refuseWith = undefined
    const next = await stub.socket(1)
    expect(next.token).toBe('resume-1')
    await next.ready({ token: 'resume-2', window_seconds: 30, listens: true })
    await phase('ready')
    await page.locator('.notice').waitFor({ state: 'hidden' })
    await next.until(() => next.audio.length > 5)
    next.sendAudio(tone(100))
    const last = await next.until(() => reports(next).find((report) => report.played_ms >= 100))
    expect(last).toEqual({ epoch: 0, played_ms: 100 })
    // The browser's own word about the refused socket is the one complaint there is.
    expect(complaints().filter((line) => !line.includes('WebSocket'))).toEqual([])
    await context.close()
  })
})

describe.skipIf(chromium === undefined)('typing on a page with a voice', () => {
  test('begins the conversation by itself, without the microphone', async () => {
    const { page, stub, phase, context } = await openPage()
    await page.getByLabel('Message').fill('Good morning')
    await page.getByLabel('Message').press('Enter')
    const socket = await stub.socket(0)
    await socket.ready()
    expect((await socket.envelope('send-text')).data).toEqual({
      content: 'Good morning',
      options: { run_immediately: true, audio_response: true },
    })
    await phase('answering')
    expect(socket.audio).toEqual([])
    await page.getByRole('button', { name: 'Turn on microphone' }).click()
    await socket.until(() => socket.audio.length > 5)
    await context.close()
  })

  test('goes on when the microphone is refused', async () => {
    const { start, page, context } = await openPage({ microphone: 'denied' })
    const socket = await start()
    await page.getByText('The microphone is blocked for this page.').first().waitFor()
    await page.getByLabel('Message').fill('Hello')
    await page.getByLabel('Message').press('Enter')
    expect((await socket.envelope('send-text')).data).toMatchObject({ content: 'Hello' })
    await context.close()
  })

  test('is all there is without a key, and how to add one is one click away', async () => {
    const { start, page, context, complaints } = await openPage({ listens: false })
    const socket = await start()
    expect(await page.getByText('Speech recognition is off: no provider key yet.').isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: /microphone/ }).count()).toBe(0)
    expect(socket.audio).toEqual([])
    await page.getByRole('button', { name: 'Add one' }).click()
    const dialog = page.getByRole('dialog', { name: 'Let the agent hear you' })
    expect(await dialog.innerText()).toMatch(
      /"kind": "speech".*"provider": "deepgram"[\s\S]*speech_to_text[\s\S]*\/publish/,
    )
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Add one')
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('asks for an answer in text when the sound is off, and plays nothing', async () => {
    const { start, page, context, loudest } = await openPage()
    const socket = await start()
    await page.getByRole('button', { name: 'Sound on: turn it off' }).click()
    await page.getByText('Sound off').waitFor()
    await loudest()
    socket.sendAudio(tone(400))
    await socket.until(() => reports(socket).find((report) => report.played_ms >= 400))
    expect(await loudest()).toBe(0)
    await page.getByLabel('Message').fill('Hello')
    await page.getByLabel('Message').press('Enter')
    expect((await socket.envelope('send-text')).data).toMatchObject({ options: { audio_response: false } })
    await context.close()
  })
})

describe.skipIf(chromium === undefined)('a voice conversation ends', () => {
  test('by the person: the server is told, the microphone is let go', async () => {
    const { start, page, phase, context, complaints } = await openPage()
    const socket = await start()
    await page.getByRole('button', { name: 'End', exact: true }).click()
    await phase('ended')
    expect(await page.locator('.notice').innerText()).toContain('You ended the conversation')
    await socket.envelope('disconnect-bot')
    expect(await socket.until(() => socket.closeCode)).toBe(1000)
    await page.waitForFunction(() => window.hyponemaMicrophone?.readyState === 'ended')
    expect(complaints()).toEqual([])
    await context.close()
  })

  test('by the server, in plain words, and can be begun again', async () => {
    const { start, page, phase, stub, context, minted } = await openPage()
    const socket = await start()
    socket.close(4408)
    await phase('ended')
    expect(await page.locator('.notice').innerText()).toContain('silent for too long')
    await page.getByRole('button', { name: 'Start again' }).click()
    await phase('waiting')
    expect(minted()).toBe(2)
    await page.getByRole('button', { name: 'Start talking' }).click()
    expect((await stub.socket(1)).token).toBe('connect-2')
    await context.close()
  })

  test('never for a ticket that was too old when the person began: a fresh one is fetched', async () => {
    const { page, stub, minted, context } = await openPage({ ticketMs: 1000 })
    await page.getByRole('button', { name: 'Start talking' }).click()
    expect((await stub.socket(0)).token).toBe('connect-2')
    expect(minted()).toBe(2)
    await context.close()
  })
})

describe.skipIf(chromium === undefined)('the page with a voice fits', () => {
  test.each([
    ['a phone', { width: 390, height: 844 }],
    ['320 px', { width: 320, height: 700 }],
    ['200 % zoom', { width: 590, height: 380 }],
  ])('%s, with targets of 44 px', async (_name, viewport) => {
    const { start, page, context } = await openPage({ viewport, listens: false })
    const check = async () => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
      const sizes = await page
        .locator('button:visible, textarea:visible')
        .evaluateAll((nodes) =>
          nodes
            .map((node) => [node.textContent, node.getBoundingClientRect()] as const)
            .map(([name, box]) => ({ name, least: Math.min(box.width, box.height) })),
        )
      expect(sizes.filter(({ least }) => least < 44)).toEqual([])
    }
    await check()
    await start()
    await check()
    await page.getByRole('button', { name: 'Add one' }).click()
    await check()
    await context.close()
  })
})
