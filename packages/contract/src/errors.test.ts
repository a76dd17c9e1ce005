import { describe, expect, test } from 'vitest'
import { errorCatalogue } from './errors.ts'
import { problemSchema } from './problem.ts'

const entries = Object.entries(errorCatalogue)

describe('the error catalogue', () => {
  test.each(entries)('%s is a noun and what is wrong with it', (code, { status, title }) => {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(title).toMatch(/^[A-Z].{5,120}[^.]$/)
  })

  test('what is the caller’s fault does not get better by repeating it', () => {
    const wrong = entries.filter(
      ([, { status, retryable }]) => [400, 401, 403, 404, 405, 413, 415, 421, 422].includes(status) && retryable,
    )
    expect(wrong).toEqual([])
  })

  test('what is not there now may be there later', () => {
    const wrong = entries.filter(([, { status, retryable }]) => [503, 504].includes(status) && !retryable)
    expect(wrong).toEqual([])
  })

  test.each(entries)(
    'a problem document of %s is one by its schema, and with anything more it is not',
    (code, { status, title, retryable }) => {
      const document = { type: 'about:blank', title, status, code, request_id: 'req_x', retryable }
      expect(problemSchema.parse(document)).toEqual(document)
      expect(problemSchema.safeParse({ ...document, detail: 'inner words' }).success).toBe(false)
    },
  )

  test('a code that is not in the catalogue is no problem document', () => {
    const document = { type: 'about:blank', title: 't', status: 500, code: 'made.up', request_id: 'r', retryable: true }
    expect(problemSchema.safeParse(document).success).toBe(false)
  })
})
