/**
 * Threat: something that is no consent is taken for one: a doubt, a quotation, a yes to something else.
 * Rule: a closed grammar. A whole answer that is made of at most four phrases of one language's list is a yes.
 * On failure: no.
 */
import { type PolicyLanguage, policyLanguageOf } from '@hyponema/contract'

const phrases = {
  en: [
    'yes',
    'yeah',
    'yep',
    'yup',
    'sure',
    'of course',
    'certainly',
    'absolutely',
    'definitely',
    'ok',
    'okay',
    'correct',
    'exactly',
    'that is right',
    'thats right',
    'that is correct',
    'thats correct',
    'please do',
    'please',
    'go ahead',
    'do it',
    'do that',
    'i do',
    'i confirm',
    'confirm',
    'confirmed',
    'thanks',
    'thank you',
  ],
  de: [
    'ja',
    'jawohl',
    'jo',
    'jep',
    'klar',
    'na klar',
    'aber klar',
    'sicher',
    'aber sicher',
    'naturlich',
    'gern',
    'gerne',
    'sehr gern',
    'sehr gerne',
    'genau',
    'richtig',
    'das stimmt',
    'stimmt',
    'stimmt so',
    'das ist richtig',
    'das passt',
    'passt',
    'in ordnung',
    'einverstanden',
    'bitte',
    'bestatige ich',
    'ich bestatige',
    'ok',
    'okay',
    'danke',
    'mach das',
    'machen sie das',
  ],
  fr: [
    'oui',
    'ouais',
    'bien sur',
    'mais oui',
    'tout a fait',
    'exactement',
    'cest ca',
    'cest correct',
    'cest exact',
    'daccord',
    'volontiers',
    'avec plaisir',
    'absolument',
    'certainement',
    'je confirme',
    'confirme',
    'allez y',
    'vas y',
    'faites le',
    'ok',
    'okay',
    's il vous plait',
    'sil vous plait',
    'sil te plait',
    'merci',
  ],
  es: [
    'si',
    'claro',
    'claro que si',
    'por supuesto',
    'desde luego',
    'de acuerdo',
    'vale',
    'correcto',
    'exacto',
    'exactamente',
    'asi es',
    'eso es',
    'confirmo',
    'lo confirmo',
    'adelante',
    'hagalo',
    'hazlo',
    'por favor',
    'ok',
    'okay',
    'gracias',
  ],
} as const satisfies Record<PolicyLanguage, readonly string[]>

/** Politeness alone agrees to nothing. */
const onlyPolite = new Set([
  'please',
  'thanks',
  'thank you',
  'bitte',
  'danke',
  's il vous plait',
  'sil vous plait',
  'sil te plait',
  'merci',
  'por favor',
  'gracias',
])
const maxPhrases = 4
/** Nobody says yes at greater length. */
const maxCharacters = 80

/** Whether an answer is a yes in this language; where we have no words in it, in English. */
export function readYes(text: string, language: string | undefined): boolean {
  if (text.length > maxCharacters || /[?¿]/.test(text)) return false
  const words = foldAnswer(text)
  return words !== '' && consistsOf(words, phrases[policyLanguageOf(language)], { left: maxPhrases, agrees: false })
}

/** Letters of words and nothing else: what has figures or signs of its own in it is no plain answer. */
function foldAnswer(text: string): string {
  const folded = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/['’]/g, '')
    .replaceAll(/[\s.,!;:\u00a1-]+/g, ' ')
    .trim()
  return /^[a-z ]+$/.test(folded) ? folded : ''
}

function consistsOf(
  words: string,
  known: readonly string[],
  { left, agrees }: { readonly left: number; readonly agrees: boolean },
): boolean {
  if (words === '') return agrees
  if (left === 0) return false
  return known.some(
    (phrase) =>
      (words === phrase || words.startsWith(`${phrase} `)) &&
      consistsOf(words.slice(phrase.length + 1), known, { left: left - 1, agrees: agrees || !onlyPolite.has(phrase) }),
  )
}
