import { describe, expect, test } from 'vitest'
import { sniffDocument } from './sniff-document.ts'
import { docxOf } from './test-harness/docx-of.ts'
import { pdfOf } from './test-harness/pdf-of.ts'

const text = Buffer.from('Opening hours')
const pdf = pdfOf(['BT ET'])
const word = docxOf('<w:p/>')
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')
const wordType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

describe('what a file is', () => {
  test.each([
    ['pdf', pdf, 'a.pdf', undefined],
    ['pdf', pdf, 'handbook', 'application/octet-stream'],
    ['pdf', Buffer.concat([Buffer.from('\n\n'), pdf]), 'A.PDF', undefined],
    ['text', Buffer.from('A PDF begins with %PDF-1.7.'), '', 'text/plain'],
    ['markdown', Buffer.from('# Marks\n\n`%PDF-`'), 'a.md', undefined],
    ['pdf', Buffer.concat([Buffer.from('\0'), pdf]), 'a', undefined],
    ['docx', word, 'a.docx', undefined],
    ['docx', word, 'a', wordType],
    ['markdown', text, 'a.md', 'text/plain'],
    ['markdown', text, '', 'text/markdown; charset=utf-8'],
    ['html', text, 'a.HTM', undefined],
    ['html', Buffer.from('\uFEFF <!DOCTYPE html><p>x'), 'saved.txt', 'text/plain'],
    ['json', Buffer.from('{}'), 'a.json', undefined],
    ['text', text, 'a.txt', undefined],
    ['text', text, 'a.log', undefined],
    ['text', Buffer.from('fffe48006900', 'hex'), 'a.txt', undefined],
    ['text', Buffer.from('caf\xe9', 'latin1'), 'a.txt', undefined],
  ] as const)('%s', async (type, bytes, name, declared) => {
    expect(await sniffDocument(bytes, name, declared)).toBe(type)
  })

  test.each([
    [
      png,
      'a.pdf',
      'The name or the media type says a PDF, but this is a PNG image; send PDF, DOCX, HTML, Markdown, plain text or JSON.',
    ],
    [png, 'a.png', 'This is a PNG image; send PDF, DOCX, HTML, Markdown, plain text or JSON.'],
    [pdf, 'a.md', 'The name or the media type says Markdown, but the file is a PDF; name it so and send it again.'],
    [text, 'a.png', 'The file is plain text, but its name says PNG; name it .txt and send it again.'],
  ])('is said in words where it is refused', async (bytes, name, words) => {
    await expect(sniffDocument(bytes, name, undefined)).rejects.toThrow(words)
  })

  test('nothing of a name that somebody chose is said again', async () => {
    const refused = sniffDocument(png, 'call 555 now.<b>pdf', undefined)
    await expect(refused).rejects.not.toThrow(/555|<b>/)
  })
})
