/**
 * `@livekit/agents` without a room: a session whose microphone is silence in frames of 20 ms, and whose loudspeaker notes when the first
 * sound of each answer came. The provider ends the turns; no model guesses their end, no delay is added to it.
 *   node measure-turns.mjs PORT TURNS MIN_ENDPOINTING_MS
 * Prints a line for each turn, { words, atNs } by CLOCK_MONOTONIC; who started it knows when the words were sent.
 */
import { initializeLogger, voice } from '@livekit/agents'
import { STT } from '@livekit/agents-plugin-deepgram'
import { TTS } from '@livekit/agents-plugin-elevenlabs'
import { LLM } from '@livekit/agents-plugin-openai'
import { AudioFrame } from '@livekit/rtc-node'

const [port, turns, minDelay] = process.argv.slice(2).map(Number)
/** As many as ours: then a new session begins. */
const turnsPerSession = 25
const warmUpTurns = 2
const frameMs = 20
/** Between the turns; the provider hears the questions by itself. */
const questionMs = 200
const turnWithinMs = 15_000

initializeLogger({ pretty: false, level: 'error' })

class Microphone extends voice.AudioInput {
  constructor() {
    super()
    const frame = () => new AudioFrame(new Int16Array(320), 16_000, 1, 320)
    const start = (controller) => {
      this.timer = setInterval(() => controller.enqueue(frame()), frameMs)
    }
    this.multiStream.addInputStream(new ReadableStream({ start }))
  }

  unplug() {
    clearInterval(this.timer)
  }
}

/** Plays as long as the sound lasts, as a listener's does. */
class Loudspeaker extends voice.AudioOutput {
  firstAtNs = undefined
  #ms = 0
  #startedMs = 0
  #end = undefined

  constructor() {
    super(24_000, undefined, { pause: false })
  }

  async captureFrame(frame) {
    const atNs = process.hrtime.bigint()
    await super.captureFrame(frame)
    this.firstAtNs ??= atNs
    if (this.#ms === 0) {
      this.#startedMs = performance.now()
      this.onPlaybackStarted(Date.now())
    }
    this.#ms += (frame.samplesPerChannel / frame.sampleRate) * 1000
  }

  flush() {
    super.flush()
    if (this.#ms === 0) return
    this.#end = setTimeout(() => this.#finish(false), this.#startedMs + this.#ms - performance.now())
  }

  clearBuffer() {
    clearTimeout(this.#end)
    if (this.#ms > 0) this.#finish(true)
  }

  #finish(interrupted) {
    const playbackPosition = this.#ms / 1000
    this.#ms = 0
    this.onPlaybackFinished({ playbackPosition, interrupted })
  }
}

for (let done = 0; done < turns; done += turnsPerSession) await oneSession(Math.min(turnsPerSession, turns - done))
process.exit()

async function oneSession(count) {
  const session = new voice.AgentSession({
    stt: new STT({ apiKey: 'bench', baseUrl: `ws://127.0.0.1:${port}`, sampleRate: 16_000 }),
    llm: new LLM({ apiKey: 'bench', baseURL: `http://127.0.0.1:${port}/v1`, model: 'bench' }),
    tts: new TTS({ apiKey: 'bench', baseURL: `ws://127.0.0.1:${port}/v1`, voiceId: 'tone1', encoding: 'pcm_24000' }),
    vad: null,
    aecWarmupDuration: null,
    userAwayTimeout: null,
    turnHandling: { turnDetection: 'stt', endpointing: { minDelay, maxDelay: Math.max(minDelay, 1000) } },
  })
  const [microphone, loudspeaker] = [new Microphone(), new Loudspeaker()]
  session.input.audio = microphone
  session.output.audio = loudspeaker
  let words = ''
  session.on('user_input_transcribed', (event) => {
    if (event.isFinal) words = event.transcript
  })
  session.on('error', ({ error }) => console.error(String(error?.error ?? error)))
  const agent = new voice.Agent({ instructions: 'You answer questions about the opening hours of a shop.' })
  await session.start({ agent, record: false })
  // The connection to the speech provider.
  await pause(500)
  for (let turn = 0; turn < warmUpTurns + count; turn += 1) {
    loudspeaker.firstAtNs = undefined
    const ended = nextListening(session)
    await pause(questionMs)
    await fetch(`http://127.0.0.1:${port}/final`, { method: 'POST' })
    await ended
    if (loudspeaker.firstAtNs === undefined) throw new Error('a turn ended without sound')
    if (turn >= warmUpTurns) console.log(JSON.stringify({ words, atNs: String(loudspeaker.firstAtNs) }))
  }
  microphone.unplug()
  await session.close()
}

/** The agent has spoken and is silent again. */
function nextListening(session) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('a turn did not end')), turnWithinMs)
    const look = ({ oldState, newState }) => {
      if (oldState !== 'speaking' || newState === 'speaking') return
      clearTimeout(timer)
      session.off('agent_state_changed', look)
      resolve()
    }
    session.on('agent_state_changed', look)
  })
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
