/** A part of a style sheet or of a block: a statement up to its semicolon, or what stands before and inside of braces. */
export type CssPart =
  | { readonly kind: 'statement'; readonly text: string }
  | { readonly kind: 'block'; readonly prelude: string; readonly body: string }

/** Strings, addresses and escapes are passed over: a brace or a semicolon in them is none. */
const marks = /"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|url\([^"')]*\)?|\\[\s\S]|[{}()[\];]/gi

/** The parts of CSS without comments, in order. What is not closed goes on to the end, as in a browser. */
export function* cssParts(css: string): Generator<CssPart> {
  let start = 0
  let body = 0
  let braces = 0
  let brackets = 0
  for (const { index, 0: mark } of css.matchAll(marks)) {
    if (mark === '(' || mark === '[') brackets += 1
    else if (mark === ')' || mark === ']') brackets = Math.max(0, brackets - 1)
    else if (mark === '{') {
      if (braces === 0) body = index
      braces += 1
      brackets = 0
    } else if (mark === '}' && braces > 0) {
      braces -= 1
      brackets = 0
      if (braces > 0) continue
      yield { kind: 'block', prelude: css.slice(start, body).trim(), body: css.slice(body + 1, index) }
      start = index + 1
    } else if (mark === ';' && brackets === 0) {
      if (braces > 0) continue
      yield { kind: 'statement', text: css.slice(start, index) }
      start = index + 1
    }
  }
  if (braces > 0) yield { kind: 'block', prelude: css.slice(start, body).trim(), body: css.slice(body + 1) }
  else if (css.slice(start).trim() !== '') yield { kind: 'statement', text: css.slice(start) }
}
