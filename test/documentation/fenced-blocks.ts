/** A fenced block of a page. `info` is what stands behind the fence, as in `sh no-test`. */
export type FencedBlock = { readonly info: string; readonly text: string; readonly line: number }

/** The blocks in the order of the page. A fence that is never closed is an error. */
export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = []
  let open: { info: string; line: number; lines: string[] } | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^```(.*)$/.exec(line)
    if (fence === null) open?.lines.push(line)
    else if (open === undefined) open = { info: fence[1]?.trim() ?? '', line: index + 1, lines: [] }
    else {
      blocks.push({ info: open.info, text: open.lines.join('\n'), line: open.line })
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`the block of line ${open.line} is never closed`)
  return blocks
}

/** The page without its blocks and without `code`: what is prose. */
export function prose(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '')
}
