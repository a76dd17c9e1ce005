/**
 * Threat: words reach a voice client by some exit that the gate does not see, or are stored though nobody heard them.
 * Rule: a turn reaches its client through here alone. What it says is `Cleared` when it comes; each piece becomes a message and
 * speech from the same text, and what counts as heard is what the player has played.
 * On failure: a voice that fails ends the turn with its error; what was not played is neither stored nor history.
 */
import type { VoiceMessage } from '@hyponema/contract'
import type { Cleared } from '../kernel/cleared.ts'
import type { Delivery, LastEvent, RunningTurn } from './live-session.ts'
import type { CommittedTurn } from './pipeline/commit-turn.ts'
import type { TurnEvent } from './pipeline/session-context.ts'
import { SpeechUnits } from './pipeline/voice/speech-units.ts'

/** The mouth as a turn needs it. */
export type Speaker = {
  readonly say: (text: Cleared) => void
  /** Speaks what waits for the end of its sentence. */
  readonly flush: () => void
  /** Whether some of what it was given is still to be heard. */
  readonly isSpeaking: boolean
  /** True when everything was played, false when it was cut. Throws the provider's error. */
  readonly heardAll: (signal: AbortSignal) => Promise<boolean>
}

/** The longest answer, 4,096 tokens, takes a quarter of an hour to say. The voice and the player have shorter deadlines of their own. */
const speechMs = 1_200_000

type Options = {
  readonly turn: RunningTurn
  readonly send: (message: VoiceMessage) => void
  /** Undefined: the answer is wanted as text only, so that what was sent was read. */
  readonly speaker: Speaker | undefined
  /** Called before the last event is sent. */
  readonly onFinished: (event: LastEvent, committed: CommittedTurn | undefined) => void
}

/** Tells a voice client what happens in one turn (voice-runtime 2) and speaks it. */
export function voiceDelivery(options: Options): Delivery {
  const { turn, send, speaker } = options
  const written = new SpeechUnits()
  let said = 0
  let segments = 0
  /** What nobody speaks is told sentence by sentence too. */
  const tellWritten = (units: readonly Cleared[]): void => {
    for (const unit of units) {
      const data = {
        text: unit.trim(),
        aggregated_by: 'sentence',
        will_be_spoken: false,
        spoken_status: 'new',
      } as const
      if (data.text !== '') send({ type: 'bot-output', data: { ...data, segment_id: segments } })
      segments += 1
    }
  }
  const pause = (): void => {
    if (speaker === undefined) tellWritten(written.flush())
    else speaker.flush()
  }
  return {
    emit: (event) => {
      if (event.event === 'token') {
        said += event.data.text.length
        send({ type: 'bot-llm-text', data: { text: event.data.text } })
        if (speaker !== undefined) {
          speaker.say(event.data.text)
        } else {
          turn.reached(said)
          tellWritten(written.push(event.data.text))
        }
      } else {
        for (const message of messagesOf(event, turn)) send(message)
      }
      return Promise.resolve(true)
    },
    pause,
    isSpeaking: () => speaker?.isSpeaking ?? false,
    speechMs,
    heardAll: (signal) => {
      if (speaker === undefined) pause()
      send({ type: 'bot-llm-stopped', data: {} })
      return speaker === undefined ? Promise.resolve(!signal.aborted) : speaker.heardAll(signal)
    },
    finish: (event, committed) => {
      options.onFinished(event, committed)
      for (const message of messagesOf(event, turn)) send(message)
      return Promise.resolve()
    },
  }
}

function messagesOf(event: Exclude<TurnEvent, { event: 'token' }>, turn: RunningTurn): readonly VoiceMessage[] {
  switch (event.event) {
    case 'turn_start':
      return [
        { type: 'server-message', data: { type: 'turn_start', ...event.data } },
        { type: 'bot-llm-started', data: {} },
      ]
    case 'escalation':
      return [{ type: 'server-message', data: { type: 'escalation', ...event.data } }]
    case 'guard':
      return [{ type: 'server-message', data: { type: 'guard', ...event.data } }]
    case 'tool_call': {
      const { name: function_name, call_id: tool_call_id, arguments: cleared } = event.data
      const data = cleared === undefined ? {} : { arguments: fieldsOf(cleared) }
      return [
        { type: 'llm-function-call-started', data: { function_name } },
        { type: 'llm-function-call-in-progress', data: { function_name, tool_call_id, ...data } },
      ]
    }
    case 'tool_result': {
      const { name: function_name, call_id: tool_call_id, result: cleared } = event.data
      const ok = event.data.status === 'ok'
      const data = { function_name, tool_call_id, cancelled: !ok && turn.signal.aborted, ok }
      const result = cleared === undefined ? {} : { result: fieldsOf(cleared) }
      return [{ type: 'llm-function-call-stopped', data: { ...data, ...result } }]
    }
    case 'turn_end': {
      const heard_characters = turn.heardCharacters()
      return [{ type: 'server-message', data: { type: 'turn_end', ...event.data, heard_characters } }]
    }
    case 'error':
      return [
        { type: 'server-message', data: { type: 'error', ...event.data } },
        { type: 'error', data: { error: event.data.title, fatal: false } },
      ]
  }
}

/** RTVI has objects where our events have JSON: the same cleared characters, taken apart. What is no object has no fields. */
function fieldsOf(cleared: Cleared): Record<string, unknown> {
  const value: unknown = JSON.parse(cleared)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
