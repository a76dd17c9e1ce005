import { parseUuid, type Uuid } from '@hyponema/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createElevenLabs } from '../../packages/server/src/conversation/providers/elevenlabs/create-elevenlabs.ts'
import type { ProviderErrorKind } from '../../packages/server/src/conversation/providers/provider-error.ts'
import { describeTextToSpeech } from '../../packages/server/src/conversation/providers/test-harness/describe-text-to-speech.ts'
import type {
  SpokenAudio,
  TextToSpeechPort,
} from '../../packages/server/src/conversation/providers/text-to-speech-port.ts'
import { clearedWords } from '../../packages/server/src/conversation/test-harness/cleared-words.ts'
import { parseAllowEntry } from '../../packages/server/src/platform/outbound/allow-entry.ts'
import { createOutboundDoor, type OutboundDoor } from '../../packages/server/src/platform/outbound/outbound-door.ts'
import { makeSpeechClips } from './make-speech-clips.ts'
import { ClipRecogniser } from './recognise-clips.ts'
import { type ElevenLabsServer, type ElevenLabsSituation, startElevenLabsServer } from './start-elevenlabs-server.ts'

const workspaceId = uuid('0190b5a0-0000-7000-8000-000000000001')
const key = 'xi-conformance-0123456789abcdef'
const credential = {
  unseal: async () => undefined,
  use: <Result>(work: (bytes: Uint8Array) => Result) => work(Buffer.from(key)),
}
const first = clearedWords('Hello, this is the clinic. ')
const second = clearedWords('How can I help you?')

const faulty = (situation: ElevenLabsSituation) => async () => (await openVoice(situation)).voice

describeTextToSpeech('ElevenLabs, played by a server of our own', {
  make: async () => (await openVoice('speaks')).voice,
  tellsCharacters: true,
  faults: {
    auth: faulty('refuses_the_key'),
    quota: faulty('has_no_quota'),
    rate: faulty('limits_the_rate'),
    timeout: faulty('never_speaks'),
    bad_request: faulty('does_not_know_the_voice'),
    unavailable: faulty('breaks'),
  },
})

describe('ElevenLabs', () => {
  const failures: readonly (readonly [ElevenLabsSituation, ProviderErrorKind])[] = [
    ['never_answers', 'timeout'],
    ['stalls', 'timeout'],
    ['is_cut_off', 'unavailable'],
    ['refuses_the_key_in_band', 'auth'],
    ['has_no_quota_in_band', 'quota'],
    ['has_no_quota_at_the_close', 'quota'],
    ['sends_garbage', 'unavailable'],
    ['sends_a_huge_message', 'unavailable'],
    ['speaks_endlessly', 'unavailable'],
    ['refuses_the_key', 'auth'],
  ]
  for (const [situation, kind] of failures) {
    it(`fails as ${kind}, without the key in its words, when it ${situation}`, async () => {
      const { voice, server } = await openVoice(situation)
      const failure: unknown = await speak(voice, [first, second]).catch((error: unknown) => error)
      expect(failure).toMatchObject({ kind })
      if (!(failure instanceof Error)) throw new Error('no error')
      for (const text of [String(failure), failure.stack ?? '', JSON.stringify(failure), String(failure.cause)]) {
        expect(text).not.toContain(key)
      }
      voice.close()
      await expect.poll(server.openConnections).toBe(0)
    })
  }

  it('gets the key in its header only, and the parameters that its documents name', async () => {
    const { voice, server } = await openVoice('speaks')
    await speak(voice, [first])
    const [upgrade] = server.upgrades
    expect(upgrade?.headers['xi-api-key']).toBe(key)
    const url = new URL(upgrade?.url ?? '', 'ws://server')
    expect(url.pathname).toBe('/v1/text-to-speech/voice_1/multi-stream-input')
    expect(url.href + server.received.join('')).not.toContain(key)
    expect(Object.fromEntries(url.searchParams)).toStrictEqual({
      model_id: 'eleven_flash_v2_5',
      output_format: 'pcm_24000',
      sync_alignment: 'true',
      auto_mode: 'true',
      inactivity_timeout: '180',
    })
  })

  it('says each unit at once, flushed, in one context of one connection', async () => {
    const { voice, server } = await openVoice('speaks')
    await speak(voice, [first, second])
    await speak(voice, [second])
    expect(server.upgrades).toHaveLength(1)
    expect(JSON.parse(`[${server.received.join()}]`)).toStrictEqual([
      { context_id: 'utterance-1', text: ' ' },
      { context_id: 'utterance-1', text: 'Hello, this is the clinic. ', flush: true },
      { context_id: 'utterance-1', text: 'How can I help you? ', flush: true },
      { context_id: 'utterance-1', close_context: true },
      { context_id: 'utterance-2', text: ' ' },
      { context_id: 'utterance-2', text: 'How can I help you? ', flush: true },
      { context_id: 'utterance-2', close_context: true },
    ])
  })

  it('tells how far it got every tenth of a second, by the times of the alignment', async () => {
    const text = clearedWords('Nobody knows how long a breath is.')
    const pieces = await speak((await openVoice('speaks', { msPerCharacter: 50 })).voice, [text])
    let playedMs = 0
    for (const { pcm, charactersSpoken = 0 } of pieces) {
      playedMs += pcm.byteLength / 48
      expect(pcm.byteLength).toBeLessThanOrEqual(4800)
      // A blank counts with the word before it.
      expect(Math.abs(charactersSpoken - playedMs / 50)).toBeLessThanOrEqual(2)
    }
    expect(playedMs).toBe(text.length * 50)
  })

  it('keeps whole samples and every byte when the provider cuts them', async () => {
    const whole = await speak((await openVoice('speaks')).voice, [first, second])
    const cut = await speak((await openVoice('splits_samples')).voice, [first, second])
    expect(cut.every(({ pcm }) => pcm.byteLength % 2 === 0 && pcm.byteLength > 0)).toBe(true)
    expect(join(cut).equals(join(whole))).toBe(true)
  })

  it('speaks without telling how far it got when the provider does not tell', async () => {
    const pieces = await speak((await openVoice('forgets_alignment')).voice, [first])
    expect(pieces.length).toBeGreaterThan(0)
    expect(pieces.every((piece) => piece.charactersSpoken === undefined)).toBe(true)
  })

  it('overlooks what it does not know and what is not for its context', async () => {
    const whole = await speak((await openVoice('speaks')).voice, [first])
    const pieces = await speak((await openVoice('sends_unknown_messages')).voice, [first])
    expect(join(pieces).equals(join(whole))).toBe(true)
  })

  it('drops what the provider still says of an utterance that was interrupted', async () => {
    const { voice, server } = await openVoice('speaks_after_the_end_of_a_context')
    const turn = new AbortController()
    const utterance = voice.open(turn.signal)
    utterance.say(first)
    await utterance.audio[Symbol.asyncIterator]().next()
    turn.abort(new Error('barge-in'))
    const whole = await speak((await openVoice('speaks')).voice, [second])
    const next = await speak(voice, [second])
    expect(join(next).equals(join(whole))).toBe(true)
    expect(server.received).toContain('{"context_id":"utterance-1","close_context":true}')
    expect(server.upgrades).toHaveLength(1)
  })

  it('takes another connection before the provider counts too many contexts', async () => {
    const { voice, server } = await openVoice('never_ends_a_context')
    for (let times = 0; times < 12; times += 1) {
      const turn = new AbortController()
      const utterance = voice.open(turn.signal)
      utterance.say(first)
      await utterance.audio[Symbol.asyncIterator]().next()
      turn.abort(new Error('barge-in'))
    }
    server.behave('speaks')
    expect((await speak(voice, [second])).length).toBeGreaterThan(0)
    expect(server.upgrades.length).toBeGreaterThan(1)
    expect(server.upgrades.length).toBeLessThan(5)
  })

  it('opens the connection again when it was closed for inactivity', async () => {
    const { voice, server } = await openVoice('speaks')
    await speak(voice, [first])
    server.dropConnections({ code: 1008, reason: 'Have not received a new text input within the timeout' })
    await expect.poll(server.openConnections).toBe(0)
    expect((await speak(voice, [second])).length).toBeGreaterThan(0)
    expect(server.upgrades).toHaveLength(2)
  })

  it('says once more what met a connection that was just breaking, and only then', async () => {
    const { voice, server } = await openVoice('speaks')
    await speak(voice, [first])
    server.dropConnections()
    const pieces = await speak(voice, [second])
    expect(pieces.at(-1)?.charactersSpoken).toBe(second.length)
    server.behave('is_cut_off')
    await expect(speak(voice, [second])).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('plays what came before a failure', async () => {
    const { voice } = await openVoice('is_cut_off')
    const utterance = voice.open(new AbortController().signal)
    utterance.say(first)
    let playedMs = 0
    const play = async (): Promise<void> => {
      for await (const { pcm } of utterance.audio) playedMs += pcm.byteLength / 48
    }
    await expect(play()).rejects.toMatchObject({ kind: 'unavailable' })
    expect(playedMs).toBeGreaterThan(0)
  })

  it('speaks words that can be understood', async () => {
    const text = clearedWords('Please cancel everything.')
    const clips = await makeSpeechClips([text])
    const { voice } = await openVoice('speaks', 'flite')
    const ears = new ClipRecogniser(clips)
    ears.push(toSixteen(join(await speak(voice, [text]))))
    ears.flush()
    expect(ears.heard?.words.join(' ')).toBe(text)
  })
})

async function openVoice(
  situation: ElevenLabsSituation,
  speaksWith: 'flite' | { msPerCharacter: number } = { msPerCharacter: 20 },
): Promise<{ voice: TextToSpeechPort; server: ElevenLabsServer }> {
  const server = await startElevenLabsServer({ key, situation, voice: speaksWith })
  const door = openDoor(server.allowEntry)
  const voice = createElevenLabs({
    door,
    workspaceId,
    onlyHosts: null,
    credential,
    baseUrl: server.url,
    voiceId: 'voice_1',
    model: 'eleven_flash_v2_5',
    deadlines: shortened(situation),
  })
  onTestFinished(async () => {
    voice.close()
    await door.close()
    await server.close()
  })
  return { voice, server }
}

/** A deadline is short where the situation is about it; elsewhere the machine may be slow. */
function shortened(situation: ElevenLabsSituation) {
  if (situation === 'never_answers') return { connectMs: 150 }
  if (situation === 'never_speaks') return { firstAudioMs: 150 }
  return situation === 'stalls' ? { stallMs: 150, firstAudioMs: 20_000 } : { connectMs: 20_000, firstAudioMs: 20_000 }
}

async function speak(voice: TextToSpeechPort, units: readonly (typeof first)[]): Promise<readonly SpokenAudio[]> {
  const utterance = voice.open(new AbortController().signal)
  for (const unit of units) utterance.say(unit)
  utterance.end()
  const pieces: SpokenAudio[] = []
  for await (const piece of utterance.audio) pieces.push(piece)
  return pieces
}

function join(pieces: readonly SpokenAudio[]): Buffer {
  return Buffer.concat(pieces.map(({ pcm }) => pcm))
}

/** Two of three samples: what is above 8 kHz folds, far from where the ears listen. */
function toSixteen(pcm: Buffer): Uint8Array {
  const samples = Int16Array.from({ length: Math.floor(pcm.length / 3) }, (_, at) => {
    const position = at * 1.5
    const before = Math.floor(position)
    const left = pcm.readInt16LE(Math.min(before, pcm.length / 2 - 1) * 2)
    const right = pcm.readInt16LE(Math.min(before + 1, pcm.length / 2 - 1) * 2)
    return Math.round(left + (right - left) * (position - before))
  })
  return new Uint8Array(samples.buffer)
}

function openDoor(entry: string): OutboundDoor {
  return createOutboundDoor({ allow: [parseAllowEntry(entry)], ownNames: [], ownAddresses: [], refusalStepMs: 1 })
}

function uuid(text: string): Uuid {
  const parsed = parseUuid(text)
  if (parsed === undefined) throw new Error('not a UUID')
  return parsed
}
