/** The conversation that the official client holds with a real server, whatever it runs on. */
import { expect, test } from 'vitest'
import { loudness } from '../end-to-end/voice-caller.ts'
import { makeSpeechClip } from '../harness-provider/make-speech-clips.ts'
import type { ClientRecording } from './client-recording.ts'
import type { OfficialClient } from './official-client.ts'
import {
  forbidden,
  greeting,
  guardLine,
  longAnswer,
  type TalkingServer,
  type TalkingSession,
} from './talking-server.ts'

/** What these clients are told and do not know: what is played is dropped by those who do (voice-runtime 2). */
const unknownToThem = ['bot-interruption']
const clientMs = 5_000

type Joined = { readonly client: OfficialClient; readonly session: TalkingSession }
export type Subject = {
  readonly server: () => TalkingServer
  readonly client: () => Promise<OfficialClient>
  readonly session: () => Promise<TalkingSession>
}

/** No error, no warning, and no type that these clients do not know but the one that we know of. */
export function expectCleanLog(recording: ClientRecording): void {
  expect(recording.complaints).toEqual([])
  expect(recording.unrecognised.filter((type) => !unknownToThem.includes(type))).toEqual([])
  expect(recording.named('error')).toEqual([])
  expect(recording.named('messageError')).toEqual([])
}

export function describeConversation(subject: Subject): void {
  const join = async (): Promise<Joined> => {
    const session = await subject.session()
    const client = await subject.client()
    expect(await client.connect({ wsUrl: session.signedUrl })).toEqual({ version: '2.1.0' })
    return { client, session }
  }

  test('begins with bot-ready and a greeting that is heard as it was said', async () => {
    const { client } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    await recording.until(() => recording.named('botStoppedSpeaking').length > 0, 'the end of the greeting')
    expect(recording.texts('botLlmText').join('')).toBe(greeting)
    expect(recording.texts('botTranscript')).toEqual([greeting])
    expect(recording.texts('botTtsText')).toEqual([greeting])
    expect(recording.named('botOutput').map(({ data }) => data)).toEqual(
      ['new', 'in-progress', 'completed'].map((spoken_status) => ({
        text: greeting,
        aggregated_by: 'sentence',
        segment_id: 0,
        will_be_spoken: true,
        spoken_status,
      })),
    )
    expect(recording.named('metrics')[0]?.data).toMatchObject({ ttfb: [{ processor: 'turn' }] })
    const own = recording.named('serverMessage').map(({ data }) => data)
    for (const type of ['disclosure', 'resume', 'turn_start', 'turn_end']) {
      expect(own).toContainEqual(expect.objectContaining({ type }))
    }
    expect(loudness(recording.heard)).toBeGreaterThan(0.01)
    // The client plays 24 kHz whatever a frame says: what it got lasts as long as the voice took to say it, give or take the
    // silence at both ends. At a wrong rate it would be two thirds of that, or half as much again.
    const clip = await makeSpeechClip(greeting)
    const stretch = recording.heardMs / (clip.pcm.byteLength / 32)
    expect(stretch).toBeGreaterThan(0.75)
    expect(stretch).toBeLessThan(1.25)
    expectOrder(recording, ['botReady', 'botLlmStarted', 'botTtsStarted', 'botStartedSpeaking', 'botStoppedSpeaking'])
    expectCleanLog(recording)
  })

  test('answers what is typed in voice', async () => {
    const { client, session } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    await client.sendText('quick')
    expect(await recording.turnEnd(2)).toMatchObject({ status: 'complete', heard_characters: 'Quickly said.'.length })
    expect(recording.heardMs - beforeMs).toBeGreaterThan(400)
    expect(recording.texts('botTranscript')).toEqual([greeting, 'Quickly said.'])
    const turns = await subject.server().turns(session.id)
    expect(turns.map(({ text }) => text).sort()).toEqual([greeting, 'Quickly said.', 'quick'].sort())
    expectCleanLog(recording)
  })

  test('answers in text alone where that is asked for', async () => {
    const { client } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    await client.sendText('quick', { audio_response: false })
    await recording.turnEnd(2)
    expect(recording.texts('botLlmText').join('')).toBe(`${greeting}Quickly said.`)
    expect(recording.heardMs).toBe(beforeMs)
    // The one event that the client's own documents tell its pages to show.
    expect(recording.named('botOutput').map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ text: 'Quickly said.', will_be_spoken: false }),
    )
    expectCleanLog(recording)
  })

  test('leaves of a forbidden sentence no character in any event and no sample', async () => {
    const { client } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    await client.sendText(`repeat after me ${forbidden}`)
    await recording.turnEnd(2)
    const withLineMs = recording.heardMs - beforeMs
    expect(client.everythingReceived()).toContain(guardLine)
    expect(client.everythingReceived()).not.toMatch(/tablets|aspirin/i)
    expect(recording.own('guard')).toMatchObject([
      { stage: 'output', zone: 'dosage', action: 'replace', characters_heard: 0 },
    ])
    expect(recording.texts('botTranscript')).toEqual([greeting, guardLine])
    await client.sendText(`repeat after me ${guardLine}`)
    await recording.turnEnd(3)
    const lineAloneMs = recording.heardMs - beforeMs - withLineMs
    expect(lineAloneMs).toBeGreaterThan(400)
    expect(Math.abs(withLineMs - lineAloneMs)).toBeLessThan(30)
    expectCleanLog(recording)
  })

  test('is interrupted by typing; nothing of the old answer is sent any more', async () => {
    const { client, session } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    const beforeMs = recording.heardMs
    await client.sendText('long')
    await recording.until(() => recording.heardMs > beforeMs + 1000, 'speech')
    await client.sendText('quick')
    await recording.until(() => recording.unrecognised.includes('bot-interruption'), 'the interruption')
    const atCutMs = recording.heardMs
    const end = await recording.turnEnd(2)
    expect(end).toMatchObject({ status: 'cut' })
    // No sound between the cut and the next answer.
    const nextAtMs = recording.named('botStartedSpeaking')[2]?.atMs ?? Number.POSITIVE_INFINITY
    const between = recording.audio.filter(({ atMs }) => atMs < nextAtMs)
    expect(between.reduce((ms, { pcm }) => ms + pcm.byteLength / 48, 0)).toBeLessThanOrEqual(atCutMs)
    expect(await recording.turnEnd(3)).toMatchObject({ status: 'complete' })
    expect(recording.texts('botTranscript').at(-1)).toBe('Quickly said.')
    const cut = (await subject.server().turns(session.id)).find(({ status }) => status === 'cut')?.text ?? ''
    expect(cut.length).toBe(end['heard_characters'])
    expect(longAnswer.startsWith(cut.trimEnd())).toBe(true)
    expect(cut.length).toBeLessThan(40)
    expectCleanLog(recording)
  })

  test('goes on after everything else that these clients can send', async () => {
    const { client } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    await client.sendEverythingElse()
    await client.sendText('quick')
    expect(await recording.turnEnd(2)).toMatchObject({ status: 'complete' })
    expectCleanLog(recording)
  })

  test('is told what the server refuses, without a word of it, and goes on', async () => {
    const { client } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    await client.sendWhatIsRefused()
    await recording.until(() => recording.named('messageError').length === 3, 'the refusals')
    for (const { data } of recording.named('messageError')) {
      expect(data).toMatchObject({ type: 'error-response', data: { error: expect.any(String) } })
    }
    expect(recording.named('error')).toEqual([])
    await client.sendText('quick')
    expect(await recording.turnEnd(2)).toMatchObject({ status: 'complete' })
  })

  test('leaves nothing of its token in the server’s log', async () => {
    const { client, session } = await join()
    await client.recording.turnEnd(1)
    expect(subject.server().output()).not.toContain(session.token)
    expect(subject.server().output()).not.toContain(session.token.split('.')[2])
  })

  test('is ended by disconnectBot: the session is completed, and the client hears 1000', async () => {
    const { client, session } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    await client.disconnectBot()
    // These clients take every close of a server for an error.
    expect(await recording.fatalError(clientMs)).toBe('websocket connection closed. Code: 1000')
    expect(await subject.server().state(session.id)).toEqual({ status: 'completed', end_reason: 'ended_by_client' })
  })

  test('is ended by disconnect, which closes the socket and says nothing', async () => {
    const { client, session } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    await client.disconnect()
    expectCleanLog(recording)
    await expect
      .poll(() => subject.server().state(session.id), { timeout: clientMs })
      .toEqual({ status: 'completed', end_reason: 'ended_by_client' })
  })

  test('is ended by the backend: 1000', async () => {
    const { client, session } = await join()
    const { recording } = client
    await recording.turnEnd(1)
    await subject.server().end(session.id)
    expect(await recording.fatalError(clientMs)).toBe('websocket connection closed. Code: 1000')
  })

  test('is refused with a code in time, or answered with bot-ready in time', async () => {
    const { client } = await join()
    const readyMs = client.recording.named('botReady')[0]?.atMs ?? Number.POSITIVE_INFINITY
    const openMs = client.recording.events[0]?.atMs ?? 0
    expect(readyMs - openMs).toBeLessThan(clientMs)
  })

  test.each([
    ['without a token', ({ wsUrl }: TalkingSession) => ({ wsUrl })],
    ['with a token that is none', ({ wsUrl }: TalkingSession) => ({ wsUrl, token: 'eyJ.no.token' })],
    ['with a token that was altered', ({ wsUrl, token }: TalkingSession) => ({ wsUrl, token: altered(token) })],
  ])('is refused %s with 4001', async (_name, paramsOf) => {
    const session = await subject.session()
    const client = await subject.client()
    await expectRefusal(client, paramsOf(session), 4001)
    expect((await subject.server().state(session.id)).status).toBe('pending')
  })

  test('is refused with the token of another session, and with a spent one, with 4001', async () => {
    const { session } = await join()
    const other = await subject.session()
    await expectRefusal(await subject.client(), { wsUrl: other.wsUrl, token: session.token }, 4001)
    await expectRefusal(await subject.client(), { wsUrl: session.wsUrl, token: session.token }, 4001)
  })
}

/** The client's promise never settles then; its error text holds the code. */
export async function expectRefusal(
  client: OfficialClient,
  params: { readonly wsUrl: string; readonly token?: string },
  code: number,
): Promise<void> {
  client.connect(params).catch(() => undefined)
  expect(await client.recording.fatalError(clientMs)).toBe(`websocket connection closed. Code: ${code}`)
  expect(client.recording.named('botReady')).toEqual([])
}

/** In the middle of the signature: the last character holds spare bits. */
function altered(token: string): string {
  const at = token.lastIndexOf('.') + 20
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
}

function expectOrder(recording: ClientRecording, names: readonly string[]): void {
  const first = names.map((name) => recording.events.findIndex(({ event }) => event === name))
  expect(first).toEqual(first.toSorted((one, other) => one - other))
  expect(first).not.toContain(-1)
}
