/** A piece of a template: its own text, or what stands for an argument of the call or for a dynamic variable. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'argument'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }

/**
 * What may be filled in: `arguments` and variables; `variables` alone; or variables in a `text` that may hold other braces, as a
 * query language does.
 */
export type TemplateFilling = 'arguments' | 'variables' | 'text'

const token = /\{\{([^{}]*)\}\}|\{([^{}]*)\}|[{}]/g
const variableName = /^[a-z][a-z0-9_]{0,63}$/
const argumentName = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/

/** Reads a template. A text says what is wrong with it. */
export function compileTemplate(template: string, filling: TemplateFilling): readonly TemplatePart[] | string {
  const parts: TemplatePart[] = []
  let end = 0
  for (const match of template.matchAll(token)) {
    const part = readToken(match, filling)
    if (typeof part === 'string') return part
    if (part === undefined) continue
    if (match.index > end) parts.push({ kind: 'text', text: template.slice(end, match.index) })
    parts.push(part)
    end = match.index + match[0].length
  }
  if (end < template.length) parts.push({ kind: 'text', text: template.slice(end) })
  return parts
}

/** Undefined where the braces are those of the text. */
function readToken(
  [whole, variable, argument]: RegExpExecArray,
  filling: TemplateFilling,
): TemplatePart | string | undefined {
  if (variable !== undefined && variableName.test(variable)) return { kind: 'variable', name: variable }
  if (filling === 'text') return undefined
  if (variable !== undefined) return `${whole.slice(0, 80)} names no dynamic variable`
  if (argument === undefined) return 'a brace stands here that fills nothing in'
  if (filling === 'variables')
    return 'only {{variable}} is filled in here; an argument stands in the path, the query or the body'
  if (!argumentName.test(argument)) return `${whole.slice(0, 80)} names no argument`
  return { kind: 'argument', name: argument }
}
