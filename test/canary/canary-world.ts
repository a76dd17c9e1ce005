/**
 * A server of its own with recognisable secrets: its home, its providers on loopback behind wires that write down every byte, and
 * all that its clients got to see.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type RecordingWire, recordingWire } from '../end-to-end/recording-wire.ts'
import {
  freePort,
  makeHome,
  removeHome,
  runCommand,
  type ServerProcess,
  startProcess,
} from '../end-to-end/server-process.ts'
import { type DeepgramServer, startDeepgramServer } from '../harness-provider/start-deepgram-server.ts'
import { type ElevenLabsServer, startElevenLabsServer } from '../harness-provider/start-elevenlabs-server.ts'
import { startEchoingModel, startEchoingSockets } from './echoing-servers.ts'
import { base64Marker, type Marker, newProviderKey, plainText, textMarker, tokenMarker } from './marker.ts'
import { Recorder } from './recorder.ts'
import { type Receiver, startReceiver } from './start-receiver.ts'

const keyringSchema = z.object({ entries: z.array(z.object({ id: z.string(), key: z.string() })) })

/** Kinds of credentials that nothing calls yet are sealed and deleted like the others. */
export const providerKeys = ['model', 'speech', 'voice', 'telephony', 'webhook', 'internal_api'] as const

/** What the libraries of vendors, and those below them, read from the environment by themselves. */
const vendorVariables = [
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'GOOGLE_API_KEY',
  'GEMINI_API_KEY',
  'GROQ_API_KEY',
  'MISTRAL_API_KEY',
  'OPENROUTER_API_KEY',
  'TOGETHER_API_KEY',
  'TOGETHER_AI_API_KEY',
  'AZURE_API_KEY',
  'AI_GATEWAY_API_KEY',
  'DEEPGRAM_API_KEY',
  'ELEVENLABS_API_KEY',
  'ELEVEN_API_KEY',
  'XI_API_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_BEARER_TOKEN_BEDROCK',
  'HF_TOKEN',
] as const
const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'] as const

export type ProviderKind = 'model' | 'speech' | 'voice' | 'echoing model' | 'echoing sockets'

export type CanaryWorld = {
  readonly home: string
  readonly server: ServerProcess
  readonly recorder: Recorder
  /** Everything that is looked for; grows as secrets are made. */
  readonly markers: Marker[]
  readonly keys: Readonly<Record<(typeof providerKeys)[number], string>>
  /** Leaks on purpose, by the place where they are made. */
  readonly plants: Readonly<Record<Plant, string>>
  readonly wires: Readonly<Record<ProviderKind | 'proxy', RecordingWire>>
  readonly deepgram: DeepgramServer
  readonly receiver: Receiver
  readonly voices: ElevenLabsServer
  /** By a workspace key, and by an owner's access token. */
  readonly call: ReturnType<Recorder['client']>
  readonly operator: ReturnType<Recorder['client']>
  readonly operatorToken: string
  /** Runs a command on the host; what it prints is kept, and returned. */
  readonly command: (...args: readonly string[]) => Promise<string>
  readonly printed: string[]
  readonly heapFolder: string
  readonly close: () => Promise<void>
}

export const plantedIn = [
  'heap',
  'log',
  'output',
  'row',
  'job',
  'wal',
  'temporary file',
  'home',
  'command',
  'wire',
  'webhook',
] as const
export type Plant = (typeof plantedIn)[number]

export async function openWorld(): Promise<CanaryWorld> {
  const keys = byName(providerKeys, newProviderKey)
  const plants = byName(plantedIn, () => plainText(48))
  const environment = byName(vendorVariables, () => plainText(40))
  const receiverSecret = plainText(48)
  const providers = await startProviders(keys, receiverSecret)
  const { wires } = providers
  const home = await makeHome()
  const heapFolder = await mkdtemp(join(tmpdir(), 'hyponema-heap-'))
  const proxies = Object.fromEntries(proxyVariables.map((name) => [name, wires.proxy.url]))
  const server = await startProcess({
    home,
    environment: {
      ...environment,
      ...proxies,
      NODE_USE_ENV_PROXY: '1',
      HYPONEMA_OUTBOUND_ALLOW: [...Object.values(wires), providers.receiver]
        .flatMap(({ url }) => [url, url.replace('http', 'ws')])
        .join(','),
      HYPONEMA_LOG_LEVEL: 'debug',
      PLANTED_IN_HEAP: plants.heap,
      PLANTED_IN_LOG: plants.log,
      PLANTED_IN_OUTPUT: plants.output,
    },
    nodeOptions: [
      `--import=${new URL('plant-in-process.mjs', import.meta.url).href}`,
      '--heapsnapshot-signal=SIGUSR2',
      `--diagnostic-dir=${heapFolder}`,
      // A snapshot otherwise cuts strings after 1024 characters.
      '--heap-snapshot-string-limit=1000000000',
    ],
  })
  const recorder = new Recorder(server.url)
  const printed: string[] = []
  const command = async (...args: readonly string[]): Promise<string> => {
    const { output } = await runCommand(args, { HYPONEMA_HOME: home })
    printed.push(output)
    return output
  }
  const demoKey = (await server.demo()).api_key
  const token = (await runCommand(['operator-token', 'create'], { HYPONEMA_HOME: home })).output.trim()
  return {
    home,
    server,
    recorder,
    keys,
    plants,
    heapFolder,
    command,
    printed,
    ...providers,
    markers: [
      ...providerKeys.map((name) => textMarker(name, keys[name])),
      ...Object.entries(environment).map(([name, value]) => textMarker(`$${name}`, value)),
      ...Object.entries(plants).map(([name, text]) => textMarker(`planted: ${name}`, text)),
      textMarker('what a receiver answers in a header', receiverSecret),
      apiKeyMarker('the demo key', demoKey),
      tokenMarker('an access token', token),
      ...(await keyringMarkers(home)),
    ],
    call: recorder.client(demoKey),
    operator: recorder.client(token),
    operatorToken: token,
    close: async () => {
      await server.interrupt()
      await providers.stop()
      await removeHome(home)
      await rm(heapFolder, { recursive: true })
    },
  }
}

/** Of an API key its secret: what stands before it is the ids, and after it a sum. */
export function apiKeyMarker(name: string, key: string): Marker {
  return textMarker(name, key.split('_')[3] ?? '')
}

/** The keys of the keyring as it lies in its file now. */
export async function keyringMarkers(home: string): Promise<readonly Marker[]> {
  const { entries } = keyringSchema.parse(JSON.parse(await readFile(join(home, 'keyring.json'), 'utf8')))
  return entries.map(({ id, key }) => base64Marker(`keyring ${id}`, key))
}

async function startProviders(keys: CanaryWorld['keys'], receiverSecret: string) {
  const receiver = await startReceiver(receiverSecret)
  const model = await startEchoingModel()
  const sockets = await startEchoingSockets()
  const deepgram = await startDeepgramServer({ clips: [], key: keys.speech })
  const voices = await startElevenLabsServer({ key: keys.voice, voice: { msPerCharacter: 5 } })
  const wires = {
    model: await recordingWire(model.url),
    'echoing model': await recordingWire(model.url),
    speech: await recordingWire(deepgram.url),
    voice: await recordingWire(voices.url),
    'echoing sockets': await recordingWire(sockets.url),
    proxy: await recordingWire(`http://127.0.0.1:${await freePort()}`),
  }
  return {
    wires,
    deepgram,
    voices,
    receiver,
    stop: async () => {
      for (const wire of Object.values(wires)) await wire.close()
      for (const one of [model, sockets, deepgram, voices, receiver]) await one.close()
    },
  }
}

function byName<Name extends string>(names: readonly Name[], make: () => string): Readonly<Record<Name, string>> {
  const made: Partial<Record<Name, string>> = {}
  for (const name of names) made[name] = make()
  return complete(made, names)
}

function complete<Name extends string>(
  made: Partial<Record<Name, string>>,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  if (!isComplete(made, names)) throw new Error('a name has no value')
  return made
}

function isComplete<Name extends string>(
  made: Partial<Record<Name, string>>,
  names: readonly Name[],
): made is Record<Name, string> {
  return names.every((name) => made[name] !== undefined)
}
