import { describe, expect, test } from 'vitest'
import { readHere, wordsOf } from '../test-harness/read-here.ts'

const many = 100_000

describe('styles made to keep their reader busy', () => {
  test.each([
    ['escapes in an attribute that is not closed', `[${'\\4'.repeat(many)}`],
    ['long escapes', `.${'\\41'.repeat(many)}!`],
    ['brackets without end', '['.repeat(many)],
    ['strings without end', `.x["`.repeat(many)],
    ['addresses without end', `a{b:${'url('.repeat(many)}`],
    ['blanks before importance', `a{display:none${' '.repeat(many)}x}`],
    ['points of a shape', `p{clip-path:polygon(${'0 0 '.repeat(many)}x)}`],
    ['braces without end', 'a{'.repeat(many)],
    ['ends without beginning', '}'.repeat(many)],
    ['rules in rules that multiply', 'a,b{&,& &{'.repeat(40)],
    ['a selector as long as a book', `${'a '.repeat(many)}{display:none}`],
    ['comments without end', 'a{b:"/*'.repeat(many)],
  ])('%s are read in a moment', async (_name, css) => {
    const began = performance.now()
    expect(wordsOf(await readHere('html', `<style>${css}</style><p class=x id=y>SEEN`))).toEqual(['SEEN'])
    // A machine that is busy with others takes ten times as long as one that is not.
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  test.each([
    ['a{b:"/*"} .x{display:none}', ''],
    ['.x{display:none', ''],
    ['.y{} .x{display:none} .z{', ''],
    ['}.x{display:none}', 'SEEN'],
    ['.x{display:none}.x{display:block}', 'SEEN'],
    ['p.x{display:block}.x{display:none}', 'SEEN'],
    ['.x{display:none}p{display:block}', ''],
    ['#y{display:block}p.x.x.x{display:none}', 'SEEN'],
    ['@media print{.x{display:none}}.x{color:red}', 'SEEN'],
    ['@media screen, print{.x{display:none}}', ''],
    ['@media not print{.x{display:none}}', ''],
    ['@supports not (display:block){.x{display:none}}', 'SEEN'],
    ['div .x{display:none}', 'SEEN'],
    ['html>body .x{display:none}', ''],
    ['body>html .x{display:none}', 'SEEN'],
  ])('%s is applied as a browser does', async (css, seen) => {
    expect(wordsOf(await readHere('html', `<style>${css}</style><p class=x id=y>SEEN`)).join(' ')).toBe(seen)
  })
})
