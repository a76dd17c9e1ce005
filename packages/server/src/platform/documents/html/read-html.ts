import { type DefaultTreeAdapterMap, defaultTreeAdapter, type ParserOptions, parse } from 'parse5'
import type { ChunkWriter } from '../chunk-writer.ts'
import { DocumentRefused } from '../document-refused.ts'
import { HtmlWalker } from './html-walker.ts'
import { PageSight } from './page-sight.ts'
import { styleRules } from './style-rules.ts'

type Element = DefaultTreeAdapterMap['element']

/** As deep as browsers follow. The reader's work grows with depth times length, so it ends at the first that is deeper. */
const maxDepth = 500

/** A page as a browser shows it before anybody clicks. Nothing that it names is fetched, no program in it runs. */
export function readHtml(html: string, writer: ChunkWriter): void {
  const sheets: string[] = []
  const document = parse(html, { treeAdapter: boundedAdapter(sheets) })
  new HtmlWalker(writer, new PageSight(styleRules(sheets))).walk(document)
}

function boundedAdapter(sheets: string[]): NonNullable<ParserOptions<DefaultTreeAdapterMap>['treeAdapter']> {
  let depth = 0
  return {
    ...defaultTreeAdapter,
    onItemPush: () => {
      depth += 1
      if (depth > maxDepth) throw new DocumentRefused('too_deep')
    },
    onItemPop: (item: Element) => {
      depth -= 1
      if (item.tagName !== 'style') return
      for (const child of item.childNodes) if (defaultTreeAdapter.isTextNode(child)) sheets.push(child.value)
    },
  }
}
