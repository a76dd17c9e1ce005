import { cssIdentifier } from './css-identifier.ts'

export type CssDeclaration = { readonly name: string; readonly value: string; readonly isImportant: boolean }

/** A last word that no browser understands leaves the one before. What is not listed is understood. */
const understood: Readonly<Record<string, RegExp>> = {
  display:
    /^(?:none|contents|block|inline|flow-root|list-item|run-in|flex|grid|math|ruby|table|inherit|initial|unset|revert|(?:inline|table|ruby|-webkit|-ms)-[a-z-]+|(?:block|inline) [a-z -]+)$/,
  visibility: /^(?:visible|hidden|collapse|inherit|initial|unset|revert)$/,
  'font-size':
    /^(?:[+\-.\d]|calc|min|max|clamp|(?:xx?-|xxx-)?(?:small|large)(?:er)?$|medium$|inherit$|initial$|unset$|revert$)/,
  opacity: /^(?:[+\-.\d]|inherit$|initial$|unset$|revert$)/,
}

/** One declaration of CSS without comments, as the names that matter for being seen: the short forms are taken apart. */
export function cssDeclarations(text: string): readonly CssDeclaration[] {
  const colon = text.indexOf(':')
  if (colon === -1) return []
  const name = cssIdentifier(text.slice(0, colon)).trim().toLowerCase()
  const whole = cssIdentifier(text.slice(colon + 1))
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
  const value = whole.replace(/ ?! ?important$/, '')
  if (value === '' || understood[name]?.test(value) === false) return []
  const isImportant = value !== whole
  return longForms(name, value).map(([longName, part]) => ({ name: longName, value: part, isImportant }))
}

function longForms(name: string, value: string): readonly (readonly [name: string, value: string])[] {
  switch (name) {
    case 'background':
      return [['background-color', value]]
    case 'background-image':
      return value === 'none' ? [] : [['background-color', value]]
    case 'overflow-x':
    case 'overflow-y':
      return [['overflow', value]]
    case '-webkit-background-clip':
      return [['background-clip', value]]
    case '-webkit-text-fill-color':
      return [['color', value]]
    case 'margin':
    case 'inset': {
      const parts = value.split(/\s+/)
      const [top = '0', left = parts[1] ?? top] = [parts[0], parts[3]]
      const prefix = name === 'margin' ? 'margin-' : ''
      return [
        [`${prefix}top`, top],
        [`${prefix}left`, left],
      ]
    }
    case 'font': {
      const size = /(?:^|\s)([\d.]+[a-z%]*)(?:\s*\/|\s)/.exec(value)?.[1]
      return [['font-size', size ?? 'medium']]
    }
    default:
      return [[name, value]]
  }
}
