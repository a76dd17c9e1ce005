import { signInAnswerSchema } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { problemWords } from './problem-words.ts'
import { readAnswer, readLinkRequested } from './read-answer.ts'
import { stateAfter, stateOfAddress } from './sign-in-state.ts'

const token = 'a'.repeat(43)
const incomplete = 'This link is not complete; copy all of it from the mail, or ask for a new one'

describe('where the page begins', () => {
  test.each([
    ['/sign-in', '', { step: 'ask' }],
    ['/sign-in', '#x', { step: 'ask' }],
    ['/sign-in', '#invitation=hyi_abc', { step: 'invited', invitation: 'hyi_abc' }],
    ['/sign-in', '#invitation=<b>', { step: 'ask' }],
    ['/auth/link', `#${token}`, { step: 'link', token }],
    ['/auth/link', '', { step: 'ended', title: incomplete }],
    ['/auth/link', `#${token}a`, { step: 'ended', title: incomplete }],
  ])('%s%s', (pathname, hash, state) => {
    expect(stateOfAddress({ pathname, hash })).toEqual(state)
  })
})

describe('an answer of the server', () => {
  const workspace = { id: 'wsp_01jd3v7t6zf3m8k2x9w4c5b6n7', name: 'Acme' }
  const answers = [
    { status: 'code', code: '123456' },
    { status: 'choose', choice: token, workspaces: [{ ...workspace, role: 'owner' }] },
    { status: 'signed_in', access_token: 'x', expires_at: '2030-01-01T00:00:00.000Z', workspace, role: 'auditor' },
  ]
  test.each(answers)('of status $status is read as the contract has it', (answer) => {
    expect(readAnswer(answer)).toEqual(signInAnswerSchema.parse(answer))
  })

  test.each([
    undefined,
    null,
    'x',
    [],
    {},
    { status: 'code' },
    { status: 'signed_in' },
    { status: 'other', code: '1' },
  ])('%j is none', (body) => {
    expect(readAnswer(body)).toBeUndefined()
  })

  test('leads to the next step', () => {
    const steps = answers.map((answer) => stateAfter(signInAnswerSchema.parse(answer)).step)
    expect(steps).toEqual(['code', 'choose', 'done'])
  })

  test('to asking tells what an invitation is about, where there is one', () => {
    const invitation = { email: 'ada@example.com', workspace_name: 'Acme', role: 'builder' }
    expect(readLinkRequested({ expires_in_seconds: 600, invitation })).toEqual({ expires_in_seconds: 600, invitation })
    expect(readLinkRequested({ expires_in_seconds: 600 })).toEqual({ expires_in_seconds: 600 })
    expect(readLinkRequested({})).toBeUndefined()
  })
})

test('a refusal says when to try again', () => {
  const refusal = { code: 'request.rate_limited', title: 'x', status: 429, retryable: true, requestId: undefined }
  expect(problemWords({ ...refusal, retryAfterSeconds: 20 })).toBe('Too many attempts. Try again in a minute.')
  expect(problemWords({ ...refusal, retryAfterSeconds: 541 })).toBe('Too many attempts. Try again in 10 minutes.')
  expect(problemWords({ ...refusal, code: 'sign_in.other', title: 'It happened', retryAfterSeconds: undefined })).toBe(
    'It happened.',
  )
})
