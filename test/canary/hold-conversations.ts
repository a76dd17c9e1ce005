/** Conversations with providers that work and with providers that fail in every way and repeat the key that they were given. */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { openVoiceSession } from '../end-to-end/open-voice-session.ts'
import { publishAgent } from '../end-to-end/published-agent.ts'
import { VoiceCaller } from '../end-to-end/voice-caller.ts'
import type { CanaryWorld } from './canary-world.ts'
import { echoNames, failureNames } from './echoing-servers.ts'
import { tokenMarker } from './marker.ts'

const madeSchema = z.object({ id: z.string() })
const sessionSchema = z.object({ id: z.string(), token: z.string() })
const scripted = { kind: 'scripted', script: { rules: [], otherwise: 'I see.' } }
/** Of `startElevenLabsServer`: where the key is spoken of, and where the connection ends. */
const voiceSituations = [
  'speaks',
  'refuses_the_key',
  'refuses_the_key_in_band',
  'breaks',
  'is_cut_off',
  'sends_garbage',
  'limits_the_rate',
] as const

/** Seals one key; returns the credential's id. */
export async function seal(world: CanaryWorld, kind: keyof CanaryWorld['keys'], provider: string): Promise<string> {
  const { body, text } = await world.operator('POST', '/v1/credentials', {
    kind,
    provider,
    label: `The ${kind}`,
    secret: world.keys[kind],
  })
  const made = madeSchema.safeParse(body)
  if (!made.success) throw new Error(text)
  return made.data.id
}

export async function holdTextConversations(world: CanaryWorld): Promise<void> {
  const credential = await seal(world, 'model', 'aimock')
  const agents = await Promise.all(
    (['model', 'echoing model'] as const).map((name) =>
      publishAgent(world.call, `Text ${name}`, {
        persona: { prompt: 'You are brief.' },
        model: {
          kind: 'openai_compatible',
          provider: 'custom',
          base_url: `${world.wires[name].url}/v1`,
          model: 'any',
          credential_id: credential,
        },
        policy: {},
      }),
    ),
  )
  const [good = '', bad = ''] = agents
  await converse(world, good, ['hello', 'hello again'])
  const told = failureNames.flatMap((failure, nth) =>
    // Every echo at the first failure, and of the others each with three, in turn: what repeats a key is read in one place.
    (nth === 0 ? echoNames : echoNames.filter((_, at) => (at + nth) % 4 === 0)).map(
      (echo) => `fail: ${failure} / ${echo}`,
    ),
  )
  // A target has a budget; ten at a time are within it.
  for (let at = 0; at < told.length; at += 10) await converse(world, bad, told.slice(at, at + 10))
}

/** One session: every message after the one before, then its end by the backend. */
async function converse(world: CanaryWorld, agentId: string, messages: readonly string[]): Promise<void> {
  const { id, token } = await openSession(world, agentId)
  const headers = { authorization: `Bearer ${token}` }
  for (const text of messages)
    await world.recorder.send(`/v1/sessions/${id}/messages`, { method: 'POST', headers, body: { text } })
  for (const noun of ['turns', 'decisions', 'traces']) await world.call('GET', `/v1/sessions/${id}/${noun}`)
  await world.call('POST', `/v1/sessions/${id}/end`, {})
}

export async function openSession(world: CanaryWorld, agentId: string): Promise<{ id: string; token: string }> {
  const { body, text } = await world.call('POST', '/v1/sessions', { agent_id: agentId, user_id: 'ada' })
  const made = sessionSchema.safeParse(body)
  if (!made.success) throw new Error(text)
  keepToken(world, made.data)
  return made.data
}

/** A few of them are enough, and each that is looked for makes the search slower. */
function keepToken({ markers }: CanaryWorld, session: { id: string; token: string }): void {
  const name = `the token of ${session.id}`
  if (markers.filter((marker) => marker.name.startsWith('the token of')).length < 6)
    markers.push(tokenMarker(name, session.token))
}

export async function holdVoiceConversations(world: CanaryWorld): Promise<void> {
  const speech = await seal(world, 'speech', 'deepgram')
  const voice = await seal(world, 'voice', 'elevenlabs')
  const publish = (name: string, listens: string | undefined, speaks: string | undefined): Promise<string> =>
    publishAgent(world.call, name, {
      persona: { prompt: 'A talker.', first_message: 'Hello there.' },
      model: scripted,
      policy: {},
      voice: {
        ...(listens === undefined
          ? {}
          : { speech_to_text: { provider: 'deepgram', base_url: listens, credential_id: speech } }),
        ...(speaks === undefined
          ? {}
          : { text_to_speech: { provider: 'elevenlabs', voice_id: 'tone', base_url: speaks, credential_id: voice } }),
      },
    })
  const { wires } = world
  const whole = await publish('Whole', wires.speech.url, wires.voice.url)
  const deaf = await publish('Deaf', wires['echoing sockets'].url, undefined)
  const mute = await publish('Mute', undefined, wires['echoing sockets'].url)
  for (let nth = 0; nth < 9; nth += 1) {
    world.voices.behave(voiceSituations[nth] ?? 'speaks')
    await Promise.all([talk(world, whole), talk(world, deaf), talk(world, mute)])
  }
}

/** Says one thing and waits for an answer, an end, or a second of nothing. */
async function talk(world: CanaryWorld, agentId: string): Promise<void> {
  const session = await openVoiceSession(world.call, agentId)
  keepToken(world, session)
  const caller = await VoiceCaller.connect(session)
  caller.type('Say something.')
  caller.speak(Buffer.alloc(640))
  await Promise.race([caller.turnEnd(2).catch(() => undefined), pause(1000)])
  caller.tell('disconnect-bot', {})
  await caller.until(() => caller.closed !== undefined, 'the close')
  world.recorder.add(
    `WS ${session.id}`,
    `${Buffer.concat(caller.raw).toString('latin1')} ${JSON.stringify(caller.closed)}`,
  )
  await world.call('GET', `/v1/sessions/${session.id}/turns`)
}
