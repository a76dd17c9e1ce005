import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import {
  launchVoiceBrowser,
  openVoicePage,
  serveVoicePage,
  type VoicePage,
  type VoicePageServer,
  wavFile,
} from './voice-page.ts'

type Options = NonNullable<Parameters<typeof openVoicePage>[2]> & { listens?: boolean; ticketMs?: number }

export type ToneBrowser = {
  /** The page of an agent with a voice, and the stub that plays the server's part until the test is over. */
  readonly open: (options?: Options) => Promise<VoicePage & VoicePageServer>
}

/** One browser for a suite; its microphone hears a tone that a phone's line would carry, at the rate that microphones have. */
export function toneBrowser(executablePath: string | undefined): ToneBrowser {
  let folder: string
  let browser: Browser
  const servers: VoicePageServer[] = []
  beforeAll(async () => {
    if (executablePath === undefined) return
    folder = await mkdtemp(join(tmpdir(), 'hyponema-voice-'))
    const samples = Int16Array.from({ length: 48_000 * 4 }, (_, at) => 12_000 * Math.sin((2 * Math.PI * at) / 48))
    await writeFile(join(folder, 'tone.wav'), wavFile(samples, 48_000))
    browser = await launchVoiceBrowser(executablePath, join(folder, 'tone.wav'))
  })
  afterEach(() => {
    for (const { stub } of servers.splice(0)) stub.close()
  })
  afterAll(async () => {
    if (executablePath === undefined) return
    await browser.close()
    await rm(folder, { recursive: true, force: true })
  })
  const open: ToneBrowser['open'] = async ({ listens = true, ticketMs, ...more } = {}) => {
    const server = await serveVoicePage({ listens, ...(ticketMs === undefined ? {} : { ticketMs }) })
    servers.push(server)
    return { ...server, ...(await openVoicePage(browser, server, more)) }
  }
  return { open }
}
