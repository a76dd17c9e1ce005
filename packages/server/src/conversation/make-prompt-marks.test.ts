import { describe, expect, it } from 'vitest'
import { systemRandomBytes } from '../platform/crypto/random-bytes.ts'
import { makePromptMarks } from './make-prompt-marks.ts'

describe('the marks of a session', () => {
  it('are a private-use character, a secret and a word, and differ from session to session', () => {
    const sessions = Array.from({ length: 200 }, () => makePromptMarks(systemRandomBytes))
    for (const { data, fence, canary } of sessions) {
      expect(data).toMatch(/^\p{Co}$/u)
      expect(fence).toMatch(/^[0-9a-f]{32}$/)
      // Its first letter is nowhere else in it: the watch never has to go back.
      expect(canary).toMatch(/^qz[a-pr-z2-7]{16}$/)
    }
    expect(new Set(sessions.map(({ canary }) => canary)).size).toBe(200)
    expect(new Set(sessions.map(({ data }) => data)).size).toBeGreaterThan(150)
  })
})
