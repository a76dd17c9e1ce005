/**
 * Ordinary talk in four languages, full of what the spoken view reads: numbers in words and digits, units, prices, times, words
 * that sound like letters, addresses. And phrases, of the kinds that policies forbid, none of which anybody says in it.
 */
import type { PolicyLanguage } from '@hyponema/contract'

/** `#` stands for a number in words, `%` for one in digits. */
export const ordinarySentences: Readonly<Record<PolicyLanguage, readonly string[]>> = {
  en: [
    'There are # of them left, and % more are on their way.',
    'I see you have # minutes, so why are you in a queue?',
    'Oh, are you the one who called at %:30 about the tea?',
    'It costs $% or # pounds, whichever you like.',
    'Be there at # to be sure, and be ready to see the sea.',
    'For one, I owe you an answer; for two, you owe me % euros.',
    'We are open from % to # on the 2nd and the 3rd floor.',
    'Mike and Oscar met Victor in Lima, at the Hotel India.',
    'Write to the desk at the front, and see the page on dot matrix printers.',
    'A, B or C? Eye test at %, hey, it takes # minutes.',
    'You are number % in line, and it is about #% of the usual wait.',
    'Take the % bus to the golf course, and the tango lesson is at #.',
  ],
  de: [
    'Es sind noch # davon da, und % weitere kommen.',
    'Er ist um % Uhr da, wir haben # Minuten.',
    'Ach, es ist # vor acht, und er hat % Euro dabei.',
    'We and he: das ist Englisch; ha, es geht um # Kilo.',
    'Das Zimmer % ist im zweiten Stock, Kosten # Euro.',
    'Die Oma sagt oh, er und es und ha, das kostet %,50 Euro.',
    'Bitte rufen Sie # Tage vorher an, oder um %:15 Uhr.',
    'Der Punkt ist, dass # Prozent genug sind und % zu viel.',
  ],
  fr: [
    'Il en reste #, et % autres arrivent.',
    'Elle est ce que de eux on dit, il est % heures.',
    'Ah, te voil\u00e0 avec # minutes et % euros.',
    'Le point de vue de # pour cent des gens, \u00e0 % heures.',
    'Eux et elle, ah oui, ce soir \u00e0 # heures, chambre %.',
    'Cela co\u00fbte %,50 \u20ac, et de # \u00e0 % elle dort.',
  ],
  es: [
    'Quedan # de ellos, y vienen % m\u00e1s.',
    'Ese de te, ah, son # euros y % c\u00e9ntimos.',
    'Ya ye, de te digo que son las %, hay # personas.',
    'El punto es que el #% por ciento basta, arroba y media.',
    'La habitaci\u00f3n % cuesta # euros, y ese es el precio.',
    'Te de la mano a # personas, de % a % de la tarde.',
  ],
}

export const ordinaryNumbers: Readonly<Record<PolicyLanguage, readonly string[]>> = {
  en: ['two', 'four', 'ten', 'fourteen', 'forty', 'forty four', 'sixty', 'a hundred', 'double', 'five hundred'],
  de: ['zwei', 'zwo', 'vier', 'vierzig', 'vierundvierzig', 'sechzig', 'hundert', 'funfhundert', 'f\u00fcnf'],
  fr: ['deux', 'quatre', 'quarante', 'quarante-quatre', 'soixante', 'cent', 'cinq cents', 'un'],
  es: ['dos', 'cuatro', 'cuarenta', 'cuarenta y cuatro', 'sesenta', 'cien', 'quinientos', 'un'],
}

/** Nothing of this is in the sentences, however they are heard. */
export const absentPhrases = [
  ...['bomb', 'dope', 'icu', 'ass', 'tnt', 'sex', 'fuck', 'cunt', 'tit', 'bitch', 'meth', 'ira', 'isis', 'kkk', 'rat'],
  ...['@55', 'b2b', 'h2o', 'c4', 'm80', 'ak47', '9mm', 'ar-15', '911', '1488', '420', '69', '666 beast', 'area 51'],
  ...['40 mg', 'forty milligrams', 'four hundred milligrams', '400 mg', 'vierzig Milligramm', 'quarante grammes'],
  ...['cuarenta gramos', 'two grams', '$44,000', 'forty thousand', '40 oz', 'forty ounces', 'forty winks'],
  ...['555 123', 'five five five', 'ann@site.org', 'evil.example', 'cure.example', 'c++', 'see you in hell'],
  ...['four of a kind', 'forty thieves', 'be my victim', 'you are dead', 'oh my god', 'at gunpoint', 'dot com bubble'],
] as const
