/** What flite would be silent about, and signs that it reads out without saying as what. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/[‘’‚‛′]/g, "'"],
  [/[“”„‟«»″]/g, '"'],
  [/…/g, '...'],
  [/\s*[–—―]\s*/g, ', '],
  [/€\s*(\d[\d.,]*)|€+/g, ' $1 euros '],
  [/£\s*(\d[\d.,]*)|£+/g, ' $1 pounds '],
  [/\$(?!\s*\d)/g, ' dollars '],
  [/%/g, ' percent '],
  [/&/g, ' and '],
  [/@/g, ' at '],
  [/\+/g, ' plus '],
  [/=/g, ' equals '],
  [/#(?=\d)/g, ' number '],
  [/[#*^~<>|\\_{}[\]`/]/g, ' '],
  [/\.{4,}/g, '...'],
  [/ß/g, 'ss'],
  [/[æÆ]/g, 'ae'],
  [/[øØ]/g, 'o'],
  [/[đĐ]/g, 'd'],
  [/[łŁ]/g, 'l'],
]

/**
 * The text as flite can read it: printable ASCII in one line, letters without their accents. Empty where there is nothing to
 * say but signs; undefined where there are letters or digits of another script, which these voices would leave out.
 */
export function speakableText(text: string): string | undefined {
  let plain = text.normalize('NFC')
  for (const [pattern, replacement] of replacements) plain = plain.replace(pattern, replacement)
  plain = plain.normalize('NFKD').replace(/\p{M}+/gu, '')
  if (/[^\P{L}a-zA-Z]|[^\P{N}0-9]/u.test(plain)) return undefined
  // NUL would end the text, and a line feed is a pause that no sign in the text explains.
  plain = plain
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return /[a-z0-9]/i.test(plain) ? plain : ''
}
