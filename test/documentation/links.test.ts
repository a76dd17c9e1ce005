import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prose } from './fenced-blocks.ts'
import { pages, root } from './pages.ts'

type Link = { readonly target: string; readonly anchor: string | undefined }

/** Links and pictures that lead to a place in the repository. */
function ownLinks(text: string): readonly Link[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, href = '']) => {
    if (/^[a-z]+:/.test(href)) return []
    const [target = '', anchor] = href.split('#')
    return [{ target, anchor }]
  })
}

/** As GitHub makes them: lower case, without punctuation, blanks to hyphens. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

describe.each(pages)('$path', ({ path, text }) => {
  it('links only to what is there', () => {
    const broken = ownLinks(text).filter(({ target, anchor }) => {
      const file = target === '' ? path : relative(root, join(root, dirname(path), target))
      if (!existsSync(join(root, file))) return true
      const page = pages.find((one) => one.path === file)
      return anchor !== undefined && (page === undefined || !anchorsOf(page.text).has(anchor))
    })
    expect(broken).toEqual([])
  })
})
