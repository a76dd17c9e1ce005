import type { SessionEventData } from '@hyponema/contract'
import type { Refusal } from '../read-refusal.ts'
import type { Notice } from './talk-state.ts'

type Words = { readonly title?: string; readonly advice?: string }

export const openElsewhere = 'Open this page at the address that the server printed when it started.'

/** Where the catalogue speaks to whoever wrote the request, the person at this page is told it in their own terms. */
const wordsPerCode: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['request.rate_limited', { title: 'Too many requests in a short time' }],
  [
    'session.live_limit',
    { title: 'Too many people are talking to the agents here', advice: 'Try again in a few minutes.' },
  ],
  [
    'request.invalid',
    { title: 'The message was not taken', advice: 'It is back in the message box: change it and send it again.' },
  ],
  [
    'request.too_large',
    { title: 'The message is too long', advice: 'It is back in the message box: make it shorter and send it again.' },
  ],
  ['request.not_found', { title: 'There is no agent here', advice: 'Check the address of this page.' }],
  ['session.origin_refused', { advice: openElsewhere }],
  ['request.host_refused', { advice: openElsewhere }],
  ['agent.not_published', { advice: 'The operator has to publish a version; then reload this page.' }],
  ['credential.missing', { advice: 'The operator has to add a provider key for this agent.' }],
  ['credential.rejected', { advice: 'The operator has to replace the provider key of this agent.' }],
  ['provider.quota', { advice: "The operator has to raise the provider's quota." }],
])

/** No session could be made. Without a refusal the server did not answer at all. */
export function openingNotice(refusal: Refusal | undefined, nowMs: number): Notice {
  if (refusal === undefined) {
    return fails('The server does not answer', 'Check that it is running, then try again.', { action: 'start_again' })
  }
  return fails(titleFor(refusal), adviceFor(refusal, 'Try again.', 'Reload the page, or ask the operator.'), {
    action: refusal.retryable ? 'start_again' : undefined,
    notBeforeMs: notBefore(refusal, nowMs),
    requestId: refusal.requestId,
  })
}

/** A message was refused, or its answer failed. */
export function failureNotice(refusal: Refusal, options: { nowMs: number; canRepeat: boolean }): Notice {
  const offersRepeat = refusal.retryable && options.canRepeat
  const otherwise = refusal.retryable
    ? 'A tool had already run for this answer, so the message is not sent again by itself. Write to go on.'
    : 'Change your message, or ask the operator.'
  return fails(titleFor(refusal), adviceFor(refusal, offersRepeat ? 'You can send it again.' : otherwise, otherwise), {
    action: offersRepeat ? 'send_again' : undefined,
    notBeforeMs: notBefore(refusal, options.nowMs),
    requestId: refusal.requestId,
  })
}

/** Who talks from here on. Words of a person look like any other turn, so it is said before them. */
export function handOverNotice(state: SessionEventData<'escalation'>['state']): Notice {
  switch (state) {
    case 'waiting':
      return says('A person has been called', 'You can go on talking to the agent until somebody comes.')
    case 'with_person':
      return says('You are now talking to a person', 'The agent is silent until the person hands you back.')
    case 'with_agent':
      return says('You are talking to the agent again', 'It knows what was said.')
  }
}

export function cutNotice(): Notice {
  return fails(
    'The connection was lost in the middle of the answer',
    'What you see may be incomplete. Write to go on.',
    {},
  )
}

/** The answer stands as far as it came; whoever reads on must know that there was more. */
export function lengthNotice(): Notice {
  return {
    tone: 'plain',
    title: 'The answer was cut off',
    advice: 'It had become too long. Write to go on.',
    action: undefined,
    notBeforeMs: undefined,
    requestId: undefined,
  }
}

/** Not offered again by a button: the server may have the message, and a second one might act twice. */
export function unansweredNotice(text: string | undefined): Notice {
  const advice =
    text === undefined
      ? 'Check your connection, then write to begin.'
      : 'It may or may not have your message, which is back in the message box. Check your connection before you send it again.'
  return fails('The server did not answer', advice, {})
}

/** The session is over; `reason` is one short sentence without its full stop. */
export function endNotice(reason: string): Notice {
  return {
    tone: 'plain',
    title: reason,
    advice: 'To talk again, start a new session.',
    action: 'start_again',
    notBeforeMs: undefined,
    requestId: undefined,
  }
}

export function expiredNotice(): Notice {
  return endNotice("The session's time is over")
}

/** The person pressed End and the server could not be told. */
export function unendedNotice(refusal: Refusal | undefined, nowMs: number): Notice {
  const title = refusal === undefined ? 'The server did not answer, so the session is not ended yet' : titleFor(refusal)
  return fails(title, 'Try again. A session also ends by itself when its time is over.', {
    action: 'end_again',
    notBeforeMs: refusal === undefined ? undefined : notBefore(refusal, nowMs),
    requestId: refusal?.requestId,
  })
}

function says(title: string, advice: string): Notice {
  return { tone: 'plain', title, advice, action: undefined, notBeforeMs: undefined, requestId: undefined }
}

function fails(
  title: string,
  advice: string,
  more: Partial<Pick<Notice, 'action' | 'notBeforeMs' | 'requestId'>>,
): Notice {
  return { tone: 'fails', title, advice, action: undefined, notBeforeMs: undefined, requestId: undefined, ...more }
}

function titleFor(refusal: Refusal): string {
  return wordsPerCode.get(refusal.code)?.title ?? refusal.title
}

function adviceFor(refusal: Refusal, ifRetryable: string, otherwise: string): string {
  return wordsPerCode.get(refusal.code)?.advice ?? (refusal.retryable ? ifRetryable : otherwise)
}

function notBefore(refusal: Refusal, nowMs: number): number | undefined {
  return refusal.retryAfterSeconds === undefined ? undefined : nowMs + refusal.retryAfterSeconds * 1000
}
