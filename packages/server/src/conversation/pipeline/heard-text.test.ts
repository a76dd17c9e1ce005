import { describe, expect, test } from 'vitest'
import { compileAgentPolicy } from '../../features/agents/public.ts'
import { PolicyGate } from '../policy-gate.ts'
import { makeContext } from '../test-harness/make-context.ts'
import { handModel } from '../test-harness/scripted-pieces.ts'
import { HeardText } from './heard-text.ts'

const { agent } = makeContext({ model: handModel() })

function said(...pieces: readonly string[]): HeardText {
  const text = new HeardText()
  const gate = new PolicyGate(compileAgentPolicy(agent, 1))
  for (const step of gate.sayWhole(pieces.join(''))) if (step.kind === 'text') text.say(step.text)
  return text
}

describe('what was heard', () => {
  test('is nothing until somebody says that it was', () => {
    const text = said('Good day.')
    expect([text.said, text.heard]).toEqual(['Good day.', ''])
  })

  test('is a beginning of what was said, however far a report goes', () => {
    const text = said('Good day.')
    text.reached(4)
    expect(text.heard).toBe('Good')
    text.reached(400)
    expect(text.heard).toBe('Good day.')
    text.reached(-1)
    expect(text.heard).toBe('')
  })

  test.each([
    ['One two three.', 0, ''],
    ['One two three.', 2, ''],
    ['One two three.', 3, 'One'],
    ['One two three.', 4, 'One '],
    ['One two three.', 6, 'One '],
    ['One two three.', 13, 'One two three'],
    ['One two three.', 14, 'One two three.'],
    ['It costs 3.50 today', 11, 'It costs '],
    ['You can’t do that', 7, 'You '],
    ['今日は良い天気です', 1, ''],
    ['今日は良い天気です', 3, '今日は'],
    ['Yes 👩‍👩‍👧 indeed', 6, 'Yes '],
  ])('cut in %j after %i characters, %j is kept', (all, length, kept) => {
    const text = said(all)
    text.reached(length)
    text.cut()
    expect([text.heard, text.said]).toEqual([kept, kept])
  })

  test('a last word that was wholly heard is kept, though nothing came after it', () => {
    const text = said('Let me expl')
    text.reached(11)
    text.cut()
    expect(text.heard).toBe('Let me expl')
  })
})
