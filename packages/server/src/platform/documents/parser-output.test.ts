import { describe, expect, test } from 'vitest'
import { ParserOutput } from './parser-output.ts'

/** What came of these lines: what was said last, and whether the process was given up. */
function taken(lines: readonly string[], pieceBytes = 65_536) {
  const told = { ready: 0, broken: 0, progress: 0 }
  const output = new ParserOutput({
    limits: { characters: 1_000, chunks: 3 },
    onReady: () => (told.ready += 1),
    onProgress: () => (told.progress += 1),
    onFinal: () => undefined,
    onBroken: () => (told.broken += 1),
  })
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) output.take(bytes.subarray(at, at + pieceBytes))
  return { ...told, final: output.final, texts: output.chunks.map(({ text }) => text) }
}

const ready = '{"kind":"ready"}'
const chunk = (text: string): string => JSON.stringify({ kind: 'chunk', headingPath: [], page: null, text })
const done = '{"kind":"done","pages":null}'

describe('what a process says that has read a hostile document', () => {
  test.each([1, 7, 65_536])('is taken however it is cut (%i bytes at a time)', (pieceBytes) => {
    const { final, texts, broken, ready: readies } = taken([ready, chunk('één'), chunk('漢'), done], pieceBytes)
    expect({ final, texts, broken, readies }).toEqual({
      final: { kind: 'done', pages: null },
      texts: ['één', '漢'],
      broken: 0,
      readies: 1,
    })
  })

  test.each([
    ['what is no JSON', 'x'],
    ['an unknown kind', '{"kind":"run"}'],
    ['an unknown field', '{"kind":"done","pages":1,"x":1}'],
    ['a reason of its own', '{"kind":"refused","reason":"call 555"}'],
    ['a name of every object as reason', '{"kind":"refused","reason":"constructor"}'],
    ['a passage that is too long', chunk('a'.repeat(1_501))],
    ['a passage with half a character', '{"kind":"chunk","headingPath":[],"page":null,"text":"\\ud800"}'],
    ['a passage with a NUL', '{"kind":"chunk","headingPath":[],"page":null,"text":"\\u0000"}'],
    [
      'a path that is too long',
      JSON.stringify({ kind: 'chunk', headingPath: Array(9).fill('a'), page: null, text: 'a' }),
    ],
    ['a page before the first', '{"kind":"chunk","headingPath":[],"page":-1,"text":"a"}'],
    ['a second beginning', ready],
    ['a line without an end', ' '.repeat(70_000)],
  ])('ends it where it is %s', (_name, line) => {
    expect(taken([ready, line, done])).toMatchObject({ broken: 1, final: undefined })
  })

  test('ends it where there are too many passages, and where there is too much of anything', () => {
    expect(taken([ready, ...Array(4).fill(chunk('a')), done])).toMatchObject({ broken: 1, final: undefined })
    const progress = '{"kind":"progress","done":1,"total":null}'
    expect(taken([ready, ...Array(9_000).fill(progress), done])).toMatchObject({ broken: 1, final: undefined })
  })

  test('is over with its last word', () => {
    expect(taken([ready, done, chunk('late')])).toMatchObject({ texts: [], broken: 0 })
  })
})
