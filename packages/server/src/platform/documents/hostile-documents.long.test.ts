import { deflateSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { AppError } from '../../kernel/app-error.ts'
import type { DocumentLimits } from './document-limits.ts'
import { parseDocument } from './parse-document.ts'
import { archiveOf } from './test-harness/archive-of.ts'
import { docxOf, wordParagraph } from './test-harness/docx-of.ts'
import { parserChildren } from './test-harness/parser-children.ts'
import { pdfOf } from './test-harness/pdf-of.ts'

const mebibyte = 1024 * 1024
/** What a busy machine needs at most for any of them; the caps themselves are what ends them. */
const boundMs = 50_000

type File = { readonly name: string; readonly bytes: Uint8Array; readonly type?: string }

async function refusal(file: File, limits: Partial<DocumentLimits> = {}): Promise<string> {
  const read = parseDocument(
    { bytes: file.bytes, name: file.name, declaredType: file.type },
    { signal: AbortSignal.timeout(boundMs), onProgress: () => undefined, limits },
  )
  const error = await read.then(
    ({ chunks }) => `was read: ${JSON.stringify(chunks).slice(0, 200)}`,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof AppError)) return String(error)
  expect(error.message).toMatch(/^(This|The|Reading) .{20,300}\.$/)
  return error.code
}

afterEach(() => {
  if (process.platform === 'linux' && parserChildren().length > 0)
    throw new Error('a process that reads was left behind')
})

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const page = 'BT /F1 11 Tf 72 700 Td (Opening hours) Tj ET'
const word = docxOf(wordParagraph('Opening hours'))
const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')

describe('a file that is not what it should be gets an error of its own', () => {
  test.each<[string, string, File]>([
    ['no bytes', 'knowledge.empty', { name: 'a.txt', bytes: text('') }],
    ['blanks only', 'knowledge.empty', { name: 'a.txt', bytes: text(' \n\t \u00A0\u200B\n'.repeat(1_000)) }],
    ['a page of hidden text only', 'knowledge.empty', { name: 'a.html', bytes: text('<p hidden>x') }],
    ['a PDF of pictures only', 'knowledge.empty', { name: 'a.pdf', bytes: pdfOf(['q 100 0 0 100 0 0 cm Q']) }],
    [
      'a scan with an invisible layer of text',
      'knowledge.empty',
      { name: 'a.pdf', bytes: pdfOf([page.replace('/F1', '3 Tr /F1')]) },
    ],
    ['a Word file without text', 'knowledge.empty', { name: 'a.docx', bytes: docxOf('<w:p/>') }],
    ['200 MB', 'knowledge.too_large', { name: 'a.txt', bytes: new Uint8Array(200 * mebibyte) }],
    ['one byte too many', 'knowledge.too_large', { name: 'a.txt', bytes: new Uint8Array(20 * mebibyte + 1) }],
    ['a line of 20 MiB', 'knowledge.too_large', { name: 'a.txt', bytes: Buffer.alloc(20 * mebibyte, 'word ') }],
    ['a word of 20 MiB', 'knowledge.too_large', { name: 'a.txt', bytes: Buffer.alloc(20 * mebibyte, 'a') }],
    ['30,000 headings', 'knowledge.too_large', { name: 'a.html', bytes: text('<h2>a</h2>b'.repeat(30_000)) }],
    [
      '10,000 pages',
      'knowledge.too_many_pages',
      { name: 'a.pdf', bytes: pdfOf(Array.from({ length: 10_000 }, () => '')) },
    ],
    ['a PNG named .pdf', 'knowledge.type_mismatch', { name: 'a.pdf', bytes: png }],
    ['a PNG', 'knowledge.type_unsupported', { name: 'a.png', bytes: png }],
    ['a PDF named .docx', 'knowledge.type_mismatch', { name: 'a.docx', bytes: pdfOf([page]) }],
    ['a Word file named .pdf', 'knowledge.type_mismatch', { name: 'a.pdf', bytes: word }],
    ['text named .pdf', 'knowledge.type_mismatch', { name: 'a.pdf', bytes: text('hours') }],
    [
      'text that is said to be a PDF',
      'knowledge.type_mismatch',
      { name: 'a', bytes: text('hours'), type: 'application/pdf' },
    ],
    [
      'garbage',
      'knowledge.type_unsupported',
      { name: 'a', bytes: Buffer.from(Array.from({ length: 9_999 }, (_, i) => (i * 7919) % 251)) },
    ],
    ['garbage named .md', 'knowledge.type_mismatch', { name: 'a.md', bytes: Buffer.from([1, 2, 3, 0, 255, 254]) }],
    [
      'another alphabet in an old encoding',
      'knowledge.unreadable',
      { name: 'a.txt', bytes: Buffer.alloc(999, 'c0d2c9d7c5d4', 'hex') },
    ],
    [
      'half a character of UTF-16',
      'knowledge.unreadable',
      { name: 'a.txt', bytes: Buffer.from('fffe00d82000', 'hex') },
    ],
    ['JSON that does not parse', 'knowledge.unreadable', { name: 'a.json', bytes: text('{"a": 1,}') }],
    [
      'JSON of 100,000 levels',
      'knowledge.unreadable',
      { name: 'a.json', bytes: text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) },
    ],
    ['HTML of 100,000 levels', 'knowledge.unreadable', { name: 'a.html', bytes: text('<div>'.repeat(100_000)) }],
    ['a PDF that was cut off', 'knowledge.unreadable', { name: 'a.pdf', bytes: pdfOf([page, page]).subarray(0, -300) }],
    ['a PDF of nothing but its mark', 'knowledge.unreadable', { name: 'a.pdf', bytes: text('%PDF-1.7\n%%EOF') }],
    [
      'a PDF of which the pages are missing',
      'knowledge.unreadable',
      {
        name: 'a.pdf',
        bytes: text('%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 9 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF'),
      },
    ],
    [
      'an archive',
      'knowledge.type_unsupported',
      { name: 'a.zip', bytes: archiveOf([{ name: 'a.txt', content: Buffer.from('x') }]) },
    ],
    [
      'a workbook',
      'knowledge.type_unsupported',
      { name: 'a.xlsx', bytes: archiveOf([{ name: 'xl/workbook.xml', content: Buffer.from('x') }]) },
    ],
    [
      'an archive named .docx',
      'knowledge.unreadable',
      { name: 'a.docx', bytes: archiveOf([{ name: 'a.txt', content: Buffer.from('x') }]) },
    ],
    [
      'a Word file without its text',
      'knowledge.unreadable',
      { name: 'a.docx', bytes: archiveOf([{ name: 'word/styles.xml', content: Buffer.from('<x/>') }]) },
    ],
    ['a Word file that was cut off', 'knowledge.unreadable', { name: 'a.docx', bytes: word.subarray(0, -40) }],
    ['a Word file with broken XML', 'knowledge.unreadable', { name: 'a.docx', bytes: docxOf('<w:p>') }],
    [
      'a Word file of 100,000 levels',
      'knowledge.unreadable',
      { name: 'a.docx', bytes: docxOf(`${'<w:ins>'.repeat(100_000)}${'</w:ins>'.repeat(100_000)}`) },
    ],
    [
      'a Word file with two texts of one name',
      'knowledge.unreadable',
      {
        name: 'a.docx',
        bytes: archiveOf(['a', 'b'].map((content) => ({ name: 'word/document.xml', content: Buffer.from(content) }))),
      },
    ],
    ['Rich Text', 'knowledge.type_unsupported', { name: 'a.rtf', bytes: text('{\\rtf1 hours}') }],
    [
      'an old Word file',
      'knowledge.type_unsupported',
      { name: 'a.doc', bytes: Buffer.from('d0cf11e0a1b11ae10000', 'hex') },
    ],
    [
      'a Word file with a password',
      'knowledge.encrypted',
      {
        name: 'a.docx',
        bytes: Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('EncryptedPackage', 'utf16le')]),
      },
    ],
    [
      'an entry with a password',
      'knowledge.encrypted',
      { name: 'a.docx', bytes: archiveOf([{ name: 'word/document.xml', content: Buffer.from('x'), flags: 1 }]) },
    ],
    [
      'a PDF with a password',
      'knowledge.encrypted',
      {
        name: 'a.pdf',
        bytes: pdfOf([page], {
          trailer: `/Encrypt << /Filter /Standard /V 1 /R 2 /O <${'41'.repeat(32)}> /U <${'42'.repeat(32)}> /P -4 >> /ID [<41><41>]`,
        }),
      },
    ],
  ])('%s: %s', async (_name, code, file) => {
    expect(await refusal(file)).toBe(code)
  })
})

describe('an archive that unpacks to more than a document needs is a bomb', () => {
  const zeros = Buffer.alloc(150 * mebibyte)
  const part = { name: 'word/document.xml', content: zeros }

  test('one part, packed 1:1000, with a true size and with a false one', async () => {
    expect(await refusal({ name: 'a.docx', bytes: archiveOf([part]) })).toBe('knowledge.bomb')
    const lying = archiveOf([{ ...part, declaredSize: 1_000 }])
    expect(await refusal({ name: 'a.docx', bytes: lying })).toBe('knowledge.bomb')
  })

  test('parts that are small one by one', async () => {
    const half = zeros.subarray(0, 90 * mebibyte)
    const parts = ['word/document.xml', 'word/styles.xml'].map((name) => ({ name, content: half }))
    expect(await refusal({ name: 'a.docx', bytes: archiveOf(parts) }, { heapMb: 1_500, residentMb: 2_000 })).toMatch(
      /bomb|unreadable|memory/,
    )
  })

  test('a thousand parts that are the same bytes', async () => {
    const copies = Array.from({ length: 1_000 }, (_, number) => ({
      name: `word/${number}.xml`,
      content: zeros.subarray(0, mebibyte),
      ...(number === 0 ? {} : { sharesWith: 0 }),
    }))
    expect(await refusal({ name: 'a.docx', bytes: archiveOf(copies) })).toBe('knowledge.bomb')
  })

  test('100,000 entries', async () => {
    const entries = Array.from({ length: 60_000 }, (_, number) => ({
      name: `word/${number}`,
      content: Buffer.alloc(0),
    }))
    expect(await refusal({ name: 'a.docx', bytes: archiveOf(entries) })).toBe('knowledge.bomb')
  })

  test('archives in archives are never unpacked', async () => {
    const inner = archiveOf([{ name: 'x', content: zeros }])
    const nested = archiveOf([
      { name: 'word/embeddings/a.zip', content: archiveOf([{ name: 'y.zip', content: inner }]) },
      { name: 'word/media/b.bin', content: zeros.subarray(0, 90 * mebibyte) },
    ])
    expect(await refusal({ name: 'a.docx', bytes: nested })).toBe('knowledge.unreadable')
  })

  test('entities of entities, and those of other files, are refused', async () => {
    const entities = `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>`
    const document = `${entities}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&b;&f;</w:t></w:r></w:p></w:body></w:document>`
    const file = archiveOf([{ name: 'word/document.xml', content: Buffer.from(document) }])
    expect(await refusal({ name: 'a.docx', bytes: file })).toBe('knowledge.unreadable')
  })
})

describe('what a reader would never end with, the caps end', () => {
  const short = { wallMs: 8_000, cpuSeconds: 3 }

  test.each<[string, File]>([
    ['open brackets', { name: 'a.md', bytes: text('['.repeat(200_000)) }],
    ['images in images', { name: 'a.md', bytes: text('![a'.repeat(100_000)) }],
    ['open emphasis', { name: 'a.md', bytes: text('*a _a '.repeat(100_000)) }],
    ['quotes in quotes', { name: 'a.md', bytes: text(`${'>'.repeat(50_000)} a`) }],
    [
      'lists in lists',
      {
        name: 'a.md',
        bytes: text(Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n')),
      },
    ],
    [
      'back-ticks',
      { name: 'a.md', bytes: text(Array.from({ length: 2_000 }, (_, length) => `a${'`'.repeat(length)}`).join('')) },
    ],
    ['a million list items', { name: 'a.md', bytes: text('- x\n'.repeat(1_000_000)) }],
    ['formatting that is never closed', { name: 'a.html', bytes: text('<b><i><u><a href=x><p>'.repeat(50_000)) }],
    [
      'a million attributes',
      { name: 'a.html', bytes: text(`<p ${Array.from({ length: 300_000 }, (_, number) => `a${number}`).join(' ')}>x`) },
    ],
    ['tables in tables', { name: 'a.html', bytes: text('<table><tr><td>'.repeat(100_000)) }],
    ['comments of CSS', { name: 'a.html', bytes: text(`<p style="${'/*'.repeat(400_000)}">x`) }],
    ['braces of CSS', { name: 'a.html', bytes: text(`<style>${'a'.repeat(200_000)}}${'{'.repeat(200_000)}</style>x`) }],
    ['a list of lists', { name: 'a.json', bytes: text(`[${'[],'.repeat(3_000_000)}[]]`) }],
    ['a stream that unpacks to a gigabyte', { name: 'a.pdf', bytes: deflatedPdf(Buffer.alloc(600 * mebibyte, ' ')) }],
    [
      'a page that paints itself',
      {
        name: 'a.pdf',
        bytes: pdfOf(['/X Do'], {
          resources: '/XObject << /X 5 0 R >>',
          objects: [
            '<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 5 >>\nstream\n/X Do\nendstream',
          ],
        }),
      },
    ],
    ['states in states', { name: 'a.pdf', bytes: pdfOf(['q '.repeat(1_000_000)]) }],
  ])('%s', async (_name, file) => {
    // Some are read in time by good readers, which is well, too.
    expect(await refusal(file, short)).toMatch(/^(was read|knowledge\.(timeout|memory|unreadable|too_large|empty)$)/)
  })
})

test('bad files, one after the other, leave nothing behind in the server', async () => {
  const before = process.memoryUsage().rss
  const files: readonly File[] = [
    { name: 'a.pdf', bytes: pdfOf([page]).subarray(0, -300) },
    { name: 'a.docx', bytes: archiveOf([{ name: 'word/document.xml', content: Buffer.alloc(mebibyte) }]) },
    { name: 'a.json', bytes: text('[') },
  ]
  for (let round = 0; round < 4; round += 1)
    for (const file of files) expect(await refusal(file)).toBe('knowledge.unreadable')
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * mebibyte)
}, 240_000)

/** A PDF whose one page is a packed stream. */
function deflatedPdf(content: Buffer): Buffer {
  const packed = deflateSync(content).toString('latin1')
  const stream = `<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Filter /FlateDecode /Length ${packed.length} >>\nstream\n${packed}\nendstream`
  return pdfOf(['/X Do'], { resources: '/XObject << /X 5 0 R >>', objects: [stream] })
}
