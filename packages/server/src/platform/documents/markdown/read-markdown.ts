import { micromark } from 'micromark'
import { gfmTable, gfmTableHtml } from 'micromark-extension-gfm-table'
import type { ChunkWriter } from '../chunk-writer.ts'
import { readHtml } from '../html/read-html.ts'
import { markdownParts } from './markdown-parts.ts'

/**
 * Markdown (CommonMark with tables) as the page that it becomes, HTML in it included, so that one rule says what a reader sees:
 * comments and definitions of links are not on that page.
 */
export function readMarkdown(markdown: string, writer: ChunkWriter): void {
  const html = markdownParts(markdown.replace(/\r\n?/g, '\n')).map((part) =>
    micromark(part, { allowDangerousHtml: true, extensions: [gfmTable()], htmlExtensions: [gfmTableHtml()] }),
  )
  readHtml(html.join('\n'), writer)
}
