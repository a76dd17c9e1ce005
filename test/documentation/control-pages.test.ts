/** Whoever has read one page of a control finds the same on every other: five headings, each with something under it. */
import { describe, expect, it } from 'vitest'
import { prose } from './fenced-blocks.ts'
import { readPage } from './pages.ts'

const headings = ['Threat', 'Rule', 'How to set it', 'How to see it work', 'What it does not do']

/** Those that docs/controls.md links to. */
const controlPages = [
  ...new Set([...readPage('docs/controls.md').text.matchAll(/\]\(([a-z-]+\.md)\) +\|/g)].map(([, name = '']) => name)),
]

it('there is a page for each control', () => {
  expect(controlPages.length).toBeGreaterThan(10)
})

describe.each(controlPages)('docs/%s', (name) => {
  const { text } = readPage(`docs/${name}`)

  it('says threat, rule, how to set it, how to see it work and what it does not do, in this order', () => {
    const found = [...prose(text).matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)
    expect(found.filter((heading) => headings.includes(heading))).toEqual(headings)
  })

  it.each(headings)('has words under "%s"', (heading) => {
    const [, section = ''] = text.split(`\n## ${heading}\n`)
    expect(section.split(/^## /m)[0]?.trim().length).toBeGreaterThan(40)
  })
})
