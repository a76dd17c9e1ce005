const stringOrComment = /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|\/\*[\s\S]*?(?:\*\/|$)/g

/** CSS without its comments; an open one goes on to the end, and what looks like one inside of a string is none. */
export function withoutComments(css: string): string {
  return css.replace(stringOrComment, (found) => (found.startsWith('/*') ? '' : found))
}
