/** A name as a browser reads it: `dis\70 lay` is `display`. */
export function cssIdentifier(text: string): string {
  if (!text.includes('\\')) return text
  return text
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_match, hex: string) => {
      const code = Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ''
    })
    .replace(/\\(?=\S)/g, '')
}
