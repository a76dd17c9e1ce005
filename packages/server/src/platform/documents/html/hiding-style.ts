import { withoutComments } from './without-comments.ts'

/** Smaller letters than that (in pixels or points) are read by nobody. */
const leastFontSize = 2
/** Parts that are moved so far stand outside of every page. */
const farAway = -300

/**
 * Which of these declarations of CSS hide what they apply to, and which of them say that they do not: `display: none`,
 * `visibility`, letters without size or colour, clipped to nothing, or moved off the page.
 */
export function hidingStyle(declarations: string): ReadonlyMap<string, boolean> {
  const all = declarationsOf(declarations)
  const says = new Map<string, boolean>()
  for (const [name, value] of all) {
    const hides = hidesBy(name, value, all)
    if (hides !== undefined) says.set(name === 'font' ? 'font-size' : name, hides)
  }
  return says
}

/** The last of each name, as a browser takes it. */
function declarationsOf(text: string): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const declaration of unescaped(withoutComments(text)).split(';')) {
    const colon = declaration.indexOf(':')
    if (colon === -1) continue
    const value = declaration
      .slice(colon + 1)
      .toLowerCase()
      .replace('!important', '')
      .trim()
    all.set(declaration.slice(0, colon).trim().toLowerCase(), value)
  }
  return all
}

/** `dis\70 lay` is `display` to a browser. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_match, hex: string) => {
      const code = Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
    .replace(/\\(?=\S)/g, '')
}

function hidesBy(name: string, value: string, all: ReadonlyMap<string, string>): boolean | undefined {
  switch (name) {
    case 'display':
      return value === 'none'
    case 'visibility':
      return value === 'hidden' || value === 'collapse'
    case 'content-visibility':
    case 'mso-hide':
      return value === 'hidden' || value === 'all'
    case 'font-size':
      return isTiny(value)
    case 'font':
      return isTiny(/(?:^|\s)([\d.]+[a-z%]*)(?:\s*\/|\s)/.exec(value)?.[1] ?? 'medium')
    case 'opacity':
      return Number.parseFloat(value) <= (value.endsWith('%') ? 5 : 0.05)
    case 'color':
      return isNoColour(value) || value === (all.get('background-color') ?? all.get('background'))
    case 'clip':
      return /^rect\(\s*(?:0|1px)[\s,]/.test(value)
    case 'clip-path':
      return /^(?:inset\(\s*(?:50|100)%|circle\(\s*0)/.test(value)
    case 'transform':
      return /scale[xy]?\(\s*0(?:\.0+)?\s*[,)]/.test(value)
    case 'text-indent':
    case 'left':
    case 'top':
    case 'right':
    case 'bottom':
    case 'margin-left':
    case 'margin-top':
      return Number.parseFloat(value) < farAway
    case 'width':
    case 'height':
    case 'max-width':
    case 'max-height':
      return /^[01](?:px|em|rem|%)?$/.test(value) && /hidden|clip/.test(all.get('overflow') ?? '')
    default:
      return undefined
  }
}

function isTiny(size: string): boolean {
  const number = Number.parseFloat(size)
  if (Number.isNaN(number)) return false
  if (size.endsWith('em')) return number < leastFontSize / 16
  if (size.endsWith('%')) return number < (100 * leastFontSize) / 16
  return number < leastFontSize
}

function isNoColour(value: string): boolean {
  return value === 'transparent' || /^(?:rgb|hsl)a?\([^)]*[,/]\s*0(?:\.0+)?%?\s*\)$/.test(value)
}
