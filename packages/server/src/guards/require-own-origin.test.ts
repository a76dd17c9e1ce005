import { describe, expect, it } from 'vitest'
import { requireOwnOrigin } from './require-own-origin.ts'

const publicOrigin = 'https://agents.example.com'
const judge = (origin: string | undefined) => () =>
  requireOwnOrigin({ origin, publicOrigin, code: 'sign_in.origin_refused' })

describe('a route that is for our own pages', () => {
  it('takes our own origin', () => {
    expect(judge(publicOrigin)).not.toThrow()
  })

  it.each([
    undefined,
    '',
    'null',
    'http://agents.example.com',
    'https://agents.example.com:8443',
    'https://agents.example.com/',
    'https://agents.example.com.evil.example',
    'https://AGENTS.example.com',
  ])('refuses the origin %s by the code of its noun', (origin) => {
    expect(judge(origin)).toThrow(expect.objectContaining({ code: 'sign_in.origin_refused' }))
  })
})
