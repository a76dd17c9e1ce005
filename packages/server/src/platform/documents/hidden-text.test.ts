import { describe, expect, test } from 'vitest'
import type { DocumentType } from './document-type.ts'
import { docxOf, wordParagraph, wordStyles } from './test-harness/docx-of.ts'
import { pdfOf } from './test-harness/pdf-of.ts'
import { readHere } from './test-harness/read-here.ts'

/** Everything that is read, in one text. */
async function all(type: DocumentType, content: string | Uint8Array): Promise<string> {
  const chunks = await readHere(type, content)
  return chunks.map(({ headingPath, text }) => [...headingPath, text].join('\n')).join('\n')
}

describe('what no reader of a page sees is no part of it', () => {
  test.each([
    ['a comment', '<!-- SECRET -->'],
    ['a comment that tries to end early', '<!-- > SECRET --!> -->'],
    ['hidden', '<p hidden>SECRET</p>'],
    ['hidden until found', '<p hidden="until-found">SECRET</p>'],
    ['display', '<p style="display:none">SECRET</p>'],
    ['display in capitals, with blanks and importance', '<p style="; DISPLAY : NONE !important">SECRET</p>'],
    ['display with a comment in it', '<p style="display:/**/none">SECRET</p>'],
    ['display behind an escape', '<p style="dis\\70lay:none">SECRET</p>'],
    ['display, said twice', '<p style="display:block;display:none">SECRET</p>'],
    ['visibility', '<p style="visibility:hidden">SECRET</p>'],
    ['letters without size', '<p style="font-size:0">SECRET</p>'],
    ['letters of a pixel', '<p style="font-size:1px">SECRET</p>'],
    ['letters of a hundredth', '<p style="font-size:.01em">SECRET</p>'],
    ['letters without size by the short form', '<p style="font: 0/0 a">SECRET</p>'],
    ['opacity', '<p style="opacity:0">SECRET</p>'],
    ['no colour', '<p style="color:transparent">SECRET</p>'],
    ['a colour without alpha', '<p style="color:rgba(0,0,0,0)">SECRET</p>'],
    ['the colour of its ground', '<p style="color:#fff;background:#fff">SECRET</p>'],
    ['beside the page', '<p style="position:absolute;left:-9999px">SECRET</p>'],
    ['indented out of the page', '<p style="text-indent:-999em">SECRET</p>'],
    ['cut to nothing', '<p style="clip-path: inset(100%)">SECRET</p>'],
    ['a box of no height', '<p style="height:0;overflow:hidden">SECRET</p>'],
    ['scaled to nothing', '<p style="transform:scale(0)">SECRET</p>'],
    ['a class', '<style>.x{display:none}</style><p class="a x">SECRET</p>'],
    ['an id', '<style>p{color:red} #x{font-size:0}</style><p id=x>SECRET</p>'],
    ['a tag', '<style>/* { */ aside , b{visibility:hidden}</style><aside>SECRET</aside>'],
    [
      'a class and a style that is about something else',
      '<style>.x{opacity:0}</style><p class=x style="display:block">SECRET',
    ],
    ['the colour of the page', '<p style="color:white">SECRET</p>'],
    ['nearly the colour of the page', '<p style="color:#fefefe">SECRET</p>'],
    ['the colour of the page, by an old tag', '<font color="#FFFFFF">SECRET</font>'],
    ['the colour of the page, in a cell', '<table><tr><td style="color:rgb(255,255,255)">SECRET</td></tr></table>'],
    ['the colour of a ground further out', '<div style="background:#123"><p style="color:#112233">SECRET</p></div>'],
    ['a colour without alpha, in short', '<p style="color:#0000">SECRET</p>'],
    ['importance behind a blank', '<p style="display:none ! important">SECRET</p>'],
    ['importance before the last word', '<p style="display:none!important;display:block">SECRET</p>'],
    ['a last word that no browser understands', '<p style="display:none;display:bogus">SECRET</p>'],
    ['a size that no browser understands', '<p style="font-size:0;font-size:bogus">SECRET</p>'],
    ['letters of a part of no size', '<div style="font-size:0"><p style="font-size:2em">SECRET</p></div>'],
    ['an important class', '<style>.x{display:none!important}</style><p class=x style="display:block">SECRET</p>'],
    ['cut to no pixel', '<p style="position:absolute;clip:rect(0px,0px,0px,0px)">SECRET</p>'],
    ['cut to a shape of nothing', '<p style="clip-path:polygon(0 0, 0 0, 0 0)">SECRET</p>'],
    ['moved off the page', '<p style="transform:translateX(-9999px)">SECRET</p>'],
    ['moved off the page by a property', '<p style="translate:-9999px 0">SECRET</p>'],
    ['moved off the page by its width', '<p style="position:absolute;left:-100vw">SECRET</p>'],
    ['moved off the page by a margin', '<p style="margin:0 0 0 -9999px">SECRET</p>'],
    ['moved off the page by both', '<p style="position:fixed;inset:-9999px auto auto -9999px">SECRET</p>'],
    ['scaled to nearly nothing', '<p style="transform:scale(0.01)">SECRET</p>'],
    ['filtered', '<p style="filter:opacity(0)">SECRET</p>'],
    ['a box of no points', '<p style="max-height:0.0pt;overflow-y:hidden">SECRET</p>'],
    ['a rule for screens', '<style>@media screen{.x{display:none}}</style><p class=x>SECRET</p>'],
    ['a rule for wide screens', '<style>@media (min-width: 600px){.x{display:none}}</style><p class=x>SECRET</p>'],
    ['a rule in a layer', '<style>@layer a{@supports (display:block){.x{display:none}}}</style><p class=x>SECRET</p>'],
    ['a class below a tag', '<style>body .x{display:none}</style><p class=x>SECRET</p>'],
    ['a class right below a tag', '<style>div > .x{display:none}</style><div><p class=x>SECRET</p></div>'],
    ['two classes', '<style>.a.b{display:none}</style><p class="b a">SECRET</p>'],
    ['an attribute', '<style>[lang="x}"]{display:none}</style><p lang="x}">SECRET</p>'],
    ['everything below a tag', '<style>aside *{display:none}</style><aside><b>SECRET</b></aside>'],
    [
      'a rule behind statements',
      '<style>@charset "utf-8"; @import url(x.css); .x{display:none}</style><p class=x>SECRET',
    ],
    ['a rule in a rule', '<style>aside{color:red; & .x{display:none}}</style><aside><p class=x>SECRET</p></aside>'],
    ['a rule in a comment of HTML', '<style><!-- .x{display:none} --></style><p class=x>SECRET</p>'],
    ['a class behind an escape', '<style>.\\78 {display:none}</style><p class=x>SECRET</p>'],
    ['a rule behind a brace in a string', '<style>a{content:"{"} .x{display:none}</style><p class=x>SECRET</p>'],
    [
      'a rule between comments in strings',
      '<style>a{content:"/*"} .x{display:none} a{content:"*/"}</style><p class=x>SECRET',
    ],
    [
      'a rule behind a very long sheet',
      `<style>${'/* ..... */'.repeat(60_000)} .x{display:none}</style><p class=x>SECRET`,
    ],
    ['a part that opens over the page', '<div popover>SECRET</div>'],
    ['inside of something hidden', '<div hidden><p style="display:block">SECRET</p></div>'],
    ['a script', '<script>SECRET</script>'],
    ['a style', '<style>SECRET</style>'],
    ['a template', '<template><p>SECRET</p></template>'],
    ['what browsers without scripts would get', '<noscript>SECRET</noscript>'],
    ['a frame', '<iframe>SECRET</iframe>'],
    ['a picture', '<svg><text>SECRET</text></svg><img alt="SECRET">'],
    ['an object', '<object>SECRET</object>'],
    ['a closed dialog', '<dialog>SECRET</dialog>'],
    ['a list of suggestions', '<datalist><option>SECRET</option></datalist>'],
    ['attributes', '<p title="SECRET" data-x="SECRET" aria-label="SECRET"></p>'],
    ['a hidden cell', '<table><tr><td>a</td><td hidden>SECRET</td></tr></table>'],
    ['a hidden row', '<table><tr style="display:none"><td>SECRET</td></tr></table>'],
    ['a hidden part of a heading', '<h1>Title <span hidden>SECRET</span></h1><p>x'],
    ['the title of the page', '<title>SECRET</title>'],
  ])('HTML: %s', async (_name, part) => {
    const read = await all('html', `<!doctype html><body><p>before</p>${part}<p>after</p>`)
    expect(read).not.toContain('SECRET')
    // A comment may swallow what follows, as it does in a browser.
    expect(read).toContain('before')
  })

  test.each([
    ['a comment', '<!-- SECRET -->'],
    ['a comment over headings and lists', '<!--\n# SECRET\n\n- SECRET\n-->'],
    ['a comment inside of a line', 'a <!-- SECRET --> b'],
    ['a definition of a link', '[x]: http://a.b "SECRET"'],
    ['a comment made of a definition', '[//]: # (SECRET)'],
    ['HTML that is hidden', '<div style="display:none">\n\nSECRET\n\n</div>'],
    ['a part of a line that is hidden', 'a <span hidden>SECRET</span> b'],
    ['the address and the title of a link', '[text](http://SECRET "SECRET")'],
    ['a picture', '![SECRET](x.png "SECRET")'],
    ['the language of a block of code', '```SECRET\ncode\n```'],
  ])('Markdown: %s', async (_name, part) => {
    const read = await all('markdown', `before\n\n${part}\n\nafter\n`)
    expect(read).not.toContain('SECRET')
    expect(read).toContain('before')
    expect(read).toContain('after')
  })

  const hiddenStyle = wordStyles(
    '<w:style w:type="character" w:styleId="far"><w:basedOn w:val="near"/></w:style><w:style w:type="character" w:styleId="near"><w:rPr><w:vanish/></w:rPr></w:style><w:style w:type="character" w:styleId="pale"><w:rPr><w:color w:val="FFFFFF"/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="par"><w:rPr><w:vanish w:val="true"/></w:rPr></w:style>',
  )
  const run = (text: string, properties = ''): string => `<w:r><w:rPr>${properties}</w:rPr><w:t>${text}</w:t></w:r>`
  const field = (type: string): string => `<w:r><w:fldChar w:fldCharType="${type}"/></w:r>`
  test.each([
    ['hidden letters', wordParagraph('SECRET', '<w:vanish/>')],
    ['hidden letters, said with a value', wordParagraph('SECRET', '<w:vanish w:val="1"/>')],
    ['letters of a point', wordParagraph('SECRET', '<w:sz w:val="2"/>')],
    ['letters hidden by a style of a style', wordParagraph('SECRET', '<w:rStyle w:val="far"/>')],
    ['a paragraph hidden by its style', `<w:p><w:pPr><w:pStyle w:val="par"/></w:pPr>${run('SECRET')}</w:p>`],
    ['letters in the colour of the page', wordParagraph('SECRET', '<w:color w:val="FFFFFF"/>')],
    [
      'letters nearly in the colour of the page',
      wordParagraph('SECRET', '<w:vanish w:val="0"/><w:color w:val="fefefe"/>'),
    ],
    ['letters in the colour of the page by a style', wordParagraph('SECRET', '<w:rStyle w:val="pale"/>')],
    ['letters of a point and a half', wordParagraph('SECRET', '<w:sz w:val="3"/>')],
    ['a deletion', `<w:p><w:del><w:r><w:delText>SECRET</w:delText><w:t>SECRET</w:t></w:r></w:del></w:p>`],
    ['what was moved away', `<w:p><w:moveFrom>${run('SECRET')}</w:moveFrom></w:p>`],
    ['the code of a field', `<w:p><w:r><w:instrText>SECRET</w:instrText></w:r></w:p>`],
    [
      'letters in the code of a field',
      `<w:p>${field('begin')}${run('SECRET')}${field('separate')}${run('b')}${field('end')}</w:p>`,
    ],
    ['a deleted row', `<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>${wordParagraph('SECRET')}</w:tc></w:tr></w:tbl>`],
    ['a hidden row', `<w:tbl><w:tr><w:trPr><w:hidden/></w:trPr><w:tc>${wordParagraph('SECRET')}</w:tc></w:tr></w:tbl>`],
    [
      'what only old programs show',
      `<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx><w:txbxContent>${wordParagraph('x')}</w:txbxContent></wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox><w:txbxContent>${wordParagraph('SECRET')}</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`,
    ],
    [
      'a hidden shape',
      `<w:p><w:r><w:pict><v:shape style="visibility:hidden"><v:textbox><w:txbxContent>${wordParagraph('SECRET')}</w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>`,
    ],
    [
      'a hidden drawing',
      `<w:p><w:r><w:drawing><wp:anchor><wp:docPr hidden="1"/><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>${wordParagraph('SECRET')}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r></w:p>`,
    ],
    [
      'the text beside a picture',
      '<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="SECRET" title="SECRET"/></wp:inline></w:drawing></w:r></w:p>',
    ],
    ['a part that Word does not know', '<w:p><w:unknown><w:r><w:t>SECRET</w:t></w:r></w:unknown></w:p>'],
    ['a comment of XML', '<w:p><!-- SECRET --></w:p>'],
  ])('Word: %s', async (_name, part) => {
    const comments = `<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:comment w:id="0">${wordParagraph('SECRET')}</w:comment></w:comments>`
    const file = docxOf(`${wordParagraph('before')}${part}${wordParagraph('after')}`, {
      'word/styles.xml': hiddenStyle,
      'word/comments.xml': comments,
    })
    const read = await all('docx', file)
    expect(read).not.toContain('SECRET')
    expect(read).toMatch(/before[\s\S]*after/)
  })

  test.each([
    ['a mode that paints nothing', '3 Tr (SECRET) Tj 0 Tr'],
    ['a mode that only clips', '7 Tr (SECRET) Tj 0 Tr'],
    ['letters of half a point', '/F1 0.5 Tf (SECRET) Tj /F1 11 Tf'],
    ['letters scaled to nothing', '0.01 0 0 0.01 72 500 Tm (SECRET) Tj'],
    ['beside the page', '1 0 0 1 9000 500 Tm (SECRET) Tj'],
    ['below the page', '1 0 0 1 72 -400 Tm (SECRET) Tj'],
    ['full transparency', 'ET q /G0 gs BT /F1 11 Tf 1 0 0 1 72 500 Tm (SECRET) Tj ET Q BT /F1 11 Tf'],
    ['cut away', 'ET q 0 0 1 1 re W n BT /F1 11 Tf 1 0 0 1 72 500 Tm (SECRET) Tj ET Q BT /F1 11 Tf'],
    ['the colour of the page', '1 1 1 rg (SECRET) Tj 0 g'],
    ['nearly the colour of the page', '0 0 0.02 0 k (SECRET) Tj 0 g'],
    ['the colour of an area', 'ET 0 0 1 rg 60 480 300 50 re f BT /F1 11 Tf 1 0 0 1 72 500 Tm (SECRET) Tj 0 g'],
    ['an area over them', '1 0 0 1 72 500 Tm (SECRET) Tj ET 0 g 60 480 300 50 re f BT /F1 11 Tf'],
    [
      'the colour of the page behind thousands of areas',
      `ET 0 0 1 rg ${'300 10 5 5 re f '.repeat(5_000)} BT /F1 11 Tf 1 0 0 1 72 500 Tm 1 g (SECRET) Tj 0 g`,
    ],
    [
      'a mode behind more saved states than anybody has',
      `ET ${'q '.repeat(1_001)} BT 3 Tr ET q Q BT /F1 11 Tf 1 0 0 1 72 500 Tm (SECRET) Tj ET ${'Q '.repeat(1_001)} BT /F1 11 Tf`,
    ],
    ['a layer that is off', '/OC /L0 BDC (SECRET) Tj EMC'],
  ])('PDF: %s', async (_name, part) => {
    const file = pdfOf(
      [`BT /F1 11 Tf 1 0 0 1 72 700 Tm (before) Tj ${part} ET BT /F1 11 Tf 1 0 0 1 72 300 Tm (after) Tj ET`],
      {
        resources: '/ExtGState << /G0 << /ca 0 /CA 0 >> >> /Properties << /L0 5 0 R >>',
        objects: ['<< /Type /OCG /Name (off) >>'],
        catalog: '/OCProperties << /OCGs [5 0 R] /D << /OFF [5 0 R] /Order [5 0 R] >> >>',
      },
    )
    const read = await all('pdf', file)
    expect(read).not.toContain('SECRET')
    expect(read).toMatch(/before[\s\S]*after/)
  })

  test.each([
    ['white on an area', 'ET 0 0 1 rg 60 480 300 50 re f BT /F1 11 Tf 1 0 0 1 72 500 Tm 1 g (SEEN) Tj 0 g'],
    ['white on a shape', 'ET 0 0 1 rg 60 480 m 400 480 l 400 560 l f BT /F1 11 Tf 1 0 0 1 72 500 Tm 1 g (SEEN) Tj 0 g'],
    [
      'white where a picture is',
      'ET q 300 0 0 50 60 480 cm /Im0 Do Q BT /F1 11 Tf 1 0 0 1 72 500 Tm 1 g (SEEN) Tj 0 g',
    ],
    ['white in a black outline', 'BT ET 1 g 2 Tr 1 0 0 1 72 500 Tm (SEEN) Tj 0 g 0 Tr'],
    [
      'black in a frame that is one shape',
      'ET 60 480 m 360 480 l 360 560 l 60 560 l h 62 482 m 62 558 l 358 558 l 358 482 l h f BT /F1 11 Tf 1 0 0 1 72 500 Tm (SEEN) Tj',
    ],
    ['a mark of a bright pen', '1 0 0 1 72 500 Tm (SEEN) Tj ET q /Pen gs 1 1 0 rg 60 480 300 50 re f Q BT /F1 11 Tf'],
  ])('PDF: %s is read', async (_name, part) => {
    const file = pdfOf([`BT /F1 11 Tf ${part} ET`], {
      resources: '/ExtGState << /Pen << /BM /Multiply >> >> /XObject << /Im0 5 0 R >>',
      objects: [
        '<< /Type /XObject /Subtype /Image /Width 2 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 2 >>\nstream\nab\nendstream',
      ],
    })
    expect(await all('pdf', file)).toContain('SEEN')
  })

  test('invisible characters are taken out and nothing else is changed', async () => {
    const seen = 'Ünïcode “quotes” — dash, ﬁ, ½, 漢字, עברית, 👍 and a  b'
    const mixed = `Ünï\u200Bcode “quo\u00ADtes” — dash,\u202E ﬁ, ½, 漢\uFEFF字,\u2066 עברית, 👍\u{E0041}\u{E0020} and\u00A0a\t\u2003b\uE000\u0000\uFE0F`
    for (const type of ['text', 'markdown'] as const)
      expect(await all(type, mixed.replace('\u0000', ''))).toBe(seen.replace('a  b', 'a b'))
    expect(await all('html', `<p>${mixed.replace('\u0000', '')}`)).toBe(seen.replace('a  b', 'a b'))
  })
})

describe('what a reader does see is read', () => {
  test.each([
    ['for other readers only', '<p aria-hidden=true>SEEN</p>'],
    ['in a closed part that can be opened', '<details><summary>x</summary>SEEN</details>'],
    ['an open dialog', '<dialog open>SEEN</dialog>'],
    [
      'a class that is hidden on small screens',
      '<style>@media print{.x{display:none}} .a .x{display:none}</style><p class=x>SEEN',
    ],
    [
      'a style that takes back what a class says',
      '<style>.x{display:none}</style><p class=x style="display:block">SEEN',
    ],
    ['a part of its own size in one without', '<div style="font-size:0"><p style="font-size:16px">SEEN</p></div>'],
    [
      'a part that is shown in one that is not',
      '<div style="visibility:hidden"><p style="visibility:visible">SEEN</p></div>',
    ],
    ['white on dark', '<div style="background:#123"><p style="color:#fff">SEEN</p></div>'],
    [
      'white on dark by a class',
      '<style>.d{background:navy url(x)}</style><div class=d><p style="color:#fff">SEEN</p></div>',
    ],
    ['white on an old dark cell', '<table><tr><td bgcolor="#0055aa"><font color=white>SEEN</font></td></tr></table>'],
    [
      'white on a picture',
      '<div style="background-image:linear-gradient(red,blue)"><p style="color:#fff">SEEN</p></div>',
    ],
    [
      'white where a rule that is not understood paints',
      '<style>p:nth-child(2n){background:navy}</style><p style="color:#fff">SEEN',
    ],
    ['dark in a white part', '<div style="color:#fff"><p style="color:#000">SEEN</p></div>'],
    [
      'a picture that shines through letters',
      '<p style="background:linear-gradient(red,blue);background-clip:text;color:transparent">SEEN',
    ],
    ['a rule for paper', '<style>@media print{.x{display:none}}</style><p class=x>SEEN'],
    ['a rule for small screens', '<style>@media (max-width:600px){.x{display:none}}</style><p class=x>SEEN'],
    ['a rule of other elements', '<style>aside .x, .y > .x, .x.y, .x[a]{display:none}</style><p class=x>SEEN'],
    ['struck out', '<s>SEEN</s>'],
    ['an area of text', '<textarea>SEEN</textarea>'],
  ])('HTML: %s', async (_name, part) => {
    expect(await all('html', `<!doctype html><body>${part}`)).toContain('SEEN')
  })

  test.each([
    ['an insertion', `<w:p><w:ins><w:r><w:t>SEEN</w:t></w:r></w:ins></w:p>`],
    ['a link', `<w:p><w:hyperlink r:id="rId9"><w:r><w:t>SEEN</w:t></w:r></w:hyperlink></w:p>`],
    ['a control', `<w:sdt><w:sdtContent>${wordParagraph('SEEN')}</w:sdtContent></w:sdt>`],
    ['white on a dark run', wordParagraph('SEEN', '<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="112233"/>')],
    ['white on a mark of a pen', wordParagraph('SEEN', '<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>')],
    [
      'white on a dark paragraph',
      '<w:p><w:pPr><w:shd w:val="clear" w:fill="112233"/></w:pPr><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>SEEN</w:t></w:r></w:p>',
    ],
    [
      'white in a cell, whose style may be dark',
      `<w:tbl><w:tr><w:tc>${wordParagraph('SEEN', '<w:color w:val="FFFFFF"/>')}</w:tc></w:tr></w:tbl>`,
    ],
    ['letters that are said not to be hidden', wordParagraph('SEEN', '<w:vanish w:val="0"/>')],
  ])('Word: %s', async (_name, part) => {
    expect(await all('docx', docxOf(part))).toContain('SEEN')
  })
})
