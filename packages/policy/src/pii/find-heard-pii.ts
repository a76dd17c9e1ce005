/**
 * Numbers and mail addresses as people say them: "four one one one ...", "ann at example dot com". A transcript of speech has
 * them so. Read in figures, they have to pass the same checks as what is written.
 */
import { spokenFigures } from '../spoken/spoken-sentences.ts'
import type { PiiPlace } from './pii-place.ts'

const signs = { at: 'at|\u00e4t|klammeraffe|arroba|arobase|chez', dot: 'dot|punkt|point|punto' } as const
const others = 'underscore|unterstrich|dash|hyphen|minus|bindestrich|guion|guion bajo|tiret|tiret bas|plus'
const open = '\\s{0,2}[(\\[{]?\\s?'
const close = '\\s?[)\\]}]?\\s{0,2}'
const label = '[\\p{L}\\p{N}-]{1,63}'
/** Of other names, too many are ordinary words: "look at polka dot dress". */
const ends =
  'com|org|net|de|fr|es|uk|eu|info|io|dev|app|me|edu|gov|ch|at|it|nl|be|us|ca|biz|ai|mx|ar|co|pt|pl|se|dk|no|ie|lu|li|test|example'
const dot = `(?:${open}(?:${signs.dot})(?!\\p{L})${close}|\\.)`
const part = '[\\p{L}\\p{N}_+-]{1,64}'
const address = new RegExp(
  `(?<![\\p{L}\\p{N}])${part}(?:(?:${dot}|\\s(?:${others})\\s)${part}){0,4}${open}(?:@|(?<!\\p{L})(?:${signs.at})(?!\\p{L}))${close}(?:${label}${dot}){1,4}(?:${ends})(?![\\p{L}\\p{N}])`,
  'giu',
)
const worthReading = new RegExp(`[\\p{L}\\p{N})\\]}]\\s{0,2}[(\\[{]?\\s?(?:@|(?:${signs.at})(?!\\p{L}))`, 'iu')
const saysSign = new RegExp(`\\b(?:${signs.dot})\\b|[(\\[{]|@\\s|\\s@`, 'iu')
const numberWord =
  'one|two|three|four|five|six|seven|eight|nine|zero|oh|double|triple|eins?|zwei|zwo|drei|vier|f\u00fcnf|sechs|sieben|acht|neun|null|un|deux|trois|quatre|cinq|six|sept|huit|neuf|z\u00e9ro|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|cero|eleven|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety'
/** Nothing that has a check is said with less than three of them in a row. */
const hasNumberWords = new RegExp(`(?:\\b(?:${numberWord})\\b[^\\p{L}\\p{N}]{1,3}){2}(?:${numberWord})\\b`, 'iu')

/** `find` looks for what has a check, in the same text in figures. Places are those of the text that is given. */
export function findHeardPii(text: string, find: (inFigures: string) => readonly PiiPlace[]): readonly PiiPlace[] {
  const found: PiiPlace[] = []
  if (saysSign.test(text) && worthReading.test(text)) {
    for (const { 0: written, index } of text.matchAll(address))
      found.push({ kind: 'email', start: index, end: index + written.length })
  }
  const figures = hasNumberWords.test(text) ? spokenFigures(text) : undefined
  if (figures === undefined) return found
  const places = find(figures.text).map(({ kind, start, end }) => {
    return { kind, start: figures.startOf(start), end: figures.endOf(end) }
  })
  return [...found, ...places]
}
