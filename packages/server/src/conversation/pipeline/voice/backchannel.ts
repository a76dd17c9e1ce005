import { wordList } from './word-list.ts'

/**
 * Whether these words only say "I am listening": such as "uh-huh", "yeah, right" or "ja, genau". Whoever says them while the
 * agent speaks does not want it to stop. At most three words; a question is none ("okay?" asks).
 */
export function isBackchannel(text: string, language: string): boolean {
  // Three words are never longer, and what is longer is not worth reading.
  if (text.length > 60 || /[?？¿]/u.test(text)) return false
  const words = text
    .toLowerCase()
    .replaceAll('’', "'")
    // "Uh-huh", "uh huh" and "mm-hm" are spelled as the provider likes.
    .replace(/[-‐‑–]/gu, '')
    .replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ')
    .trim()
    .split(' ')
  if (words[0] === '' || words.length > maxWords) return false
  const listed = byLanguage[language.slice(0, 2)] ?? everywhere
  return consistsOf(words, (word) => sounds.test(word) || listed.has(word) || everywhere.has(word))
}

/** Every word, or every group of words, is one of those. There are at most three, so that all groups can be tried. */
function consistsOf(words: readonly string[], isOne: (word: string) => boolean): boolean {
  if (words.length === 0) return true
  return words.some((_, at) => isOne(words.slice(0, at + 1).join(' ')) && consistsOf(words.slice(at + 1), isOne))
}

const maxWords = 3
/** Spelled by ear, in as many letters as it lasted. */
const sounds = /^(?:m+|m+h+m*|h+m+|a+h+a*|o+h+|u+h+|u+m+|e+r*m+|[aä]+h+m*|u+h+u+h+|h+u+h+|m+h+u+h+|a+h+u+h+)$/u

/** "OK" is said in most languages. */
const everywhere = wordList('ok okay okey')

const byLanguage: Readonly<Record<string, ReadonlySet<string>>> = {
  en: wordList(`yes yeah yep yup ya right sure alright all|right i|see got|it of|course exactly indeed true cool great good
    nice wow fine mkay gotcha understood`),
  de: wordList(`ja jaja jo jep genau richtig stimmt gut alles|klar klar ach|so achso aha verstehe ich|verstehe natürlich
    sicher eben schön super`),
  fr: wordList(`oui ouais voilà d'accord bien très|bien ah|bon je|vois c'est|ça exact exactement tout|à|fait bien|sûr
    entendu parfait super`),
  es: wordList(`sí si ya vale claro exacto bueno bien muy|bien de|acuerdo entiendo ajá aja eso|es por|supuesto cierto
    correcto perfecto`),
}
