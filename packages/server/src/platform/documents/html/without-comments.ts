/** CSS without its comments; an open one goes on to the end. */
export function withoutComments(css: string): string {
  let kept = ''
  for (let start = 0; start < css.length; ) {
    const open = css.indexOf('/*', start)
    if (open === -1) return kept + css.slice(start)
    kept += css.slice(start, open)
    const close = css.indexOf('*/', open + 2)
    if (close === -1) return kept
    start = close + 2
  }
  return kept
}
