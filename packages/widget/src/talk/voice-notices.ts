import type { SessionEventData } from '@hyponema/contract'
import type { VoiceEnding } from '../voice/voice-ending.ts'
import type { VoiceFact } from '../voice/voice-fact.ts'
import { openElsewhere } from './notices.ts'
import type { Notice } from './talk-state.ts'

type Words = { readonly tone: Notice['tone']; readonly title: string; readonly advice: string }

const startAgain = 'To talk again, start a new session.'

/** What each ending means to the person at this page. */
const endings = {
  ended: { tone: 'plain', title: 'The conversation has ended', advice: startAgain },
  idle_or_duration: {
    tone: 'plain',
    title: 'The conversation was silent for too long, or its time is over',
    advice: startAgain,
  },
  limit: {
    tone: 'fails',
    title: 'Too many people are talking to the agents here',
    advice: 'Try again in a few minutes.',
  },
  token: {
    tone: 'fails',
    title: 'The ticket of this session is not valid any more',
    advice: 'Start a new session.',
  },
  origin: { tone: 'fails', title: 'This address may not talk to the agent', advice: openElsewhere },
  gone: { tone: 'fails', title: 'The agent or the session is not there any more', advice: 'Start a new session.' },
  unavailable: {
    tone: 'fails',
    title: 'The voice of this agent is not available now',
    advice: 'Try again, or ask the operator.',
  },
  malformed: {
    tone: 'fails',
    title: 'The server could not read what this page sent',
    advice: 'Reload the page. If it happens again, tell the operator.',
  },
  unreachable: {
    tone: 'fails',
    title: 'The connection could not be opened',
    advice: 'Check that the server is running and your network lets it through, then start again.',
  },
  silent: { tone: 'fails', title: 'The server did not answer in time', advice: 'Start a new session.' },
  stopped: {
    tone: 'fails',
    title: 'The server was stopped',
    advice: 'What was heard is kept. Start a new session in a moment.',
  },
  lost: {
    tone: 'fails',
    title: 'The connection was lost and could not be made again',
    advice: 'What was heard is kept. Check your network, then start a new session.',
  },
} as const satisfies Record<VoiceEnding['kind'], Words>

export function voiceEndNotice(ending: VoiceEnding): Notice {
  return notice(endings[ending.kind], 'start_again')
}

export function reconnectingNotice(): Notice {
  return notice({
    tone: 'plain',
    title: 'The connection was lost',
    advice: 'It is being made again by itself. Nothing you say now is heard.',
  })
}

/** The answer failed; nothing is offered by a button, because the person may just say it again. */
export function spokenFailureNotice(error: SessionEventData<'error'>): Notice {
  const advice = error.retryable ? 'Say it again, or type it.' : 'Say something else, or ask the operator.'
  return { ...notice({ tone: 'fails', title: error.title, advice }), requestId: error.request_id }
}

export function problemNotice(words: string): Notice {
  return notice({ tone: 'fails', title: words, advice: 'If the conversation does not go on, start a new session.' })
}

export function limitNotice(limit: Extract<VoiceFact, { kind: 'limit' }>['limit'], secondsLeft: number | null): Notice {
  const soon = secondsLeft === null || secondsLeft === 0 ? 'soon' : `in ${secondsLeft} seconds`
  const advice = {
    duration: 'Its time is almost over.',
    silence: 'Say or type something to go on.',
    turns: 'It has had almost as many turns as it may have.',
    tokens: 'It has used almost as much of the model as it may.',
  }[limit]
  return notice({ tone: 'plain', title: `The conversation ends ${soon}`, advice })
}

function notice(words: Words, action?: Notice['action']): Notice {
  return { ...words, action, notBeforeMs: undefined, requestId: undefined }
}
