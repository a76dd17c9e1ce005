import { expect, test } from 'vitest'
import { parseDocument } from './parse-document.ts'

test('a text becomes passages in a process of its own', async () => {
  const bytes = new TextEncoder().encode('Opening hours of the clinic:\n- Monday 8 to 12\n- Tuesday 14 to 18\n')
  const document = await parseDocument(
    { bytes, name: 'hours.txt', declaredType: 'text/plain' },
    { signal: AbortSignal.timeout(30_000), onProgress: () => undefined },
  )
  expect(document).toEqual({
    type: 'text',
    pages: null,
    chunks: [
      { headingPath: [], page: null, text: 'Opening hours of the clinic:\n- Monday 8 to 12\n- Tuesday 14 to 18' },
    ],
  })
})
