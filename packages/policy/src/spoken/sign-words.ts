/** What a voice says for a sign, for money and for a unit, in each language. Without accents; blanks part words. */
import type { PolicyLanguage } from '@hyponema/contract'

type Words = Readonly<Record<PolicyLanguage, readonly string[]>>

const list = (en: string, de: string, fr: string, es: string): Words => ({
  en: en.split('|'),
  de: de.split('|'),
  fr: fr.split('|'),
  es: es.split('|'),
})

/** Signs in a text that are words when it is read out. A full stop only between letters or digits. */
export const signWords: Readonly<Record<string, Words>> = {
  '@': list('at', 'at|klammeraffe', 'arobase|at|a commercial', 'arroba'),
  '.': list('dot|point', 'punkt', 'point', 'punto'),
  '%': list('percent|per cent', 'prozent', 'pour cent|pourcent', 'por ciento'),
  '&': list('and', 'und', 'et', 'y'),
  '+': list('plus', 'plus', 'plus', 'mas'),
  '=': list('equals', 'gleich|ist gleich', 'egal', 'igual a|igual'),
  '#': list('hash|hashtag|number|pound', 'raute|hashtag', 'diese|hashtag|dieze', 'almohadilla|hashtag|numeral'),
  '/': list('slash', 'schragstrich|slash', 'slash|barre oblique', 'barra|slash'),
  _: list('underscore', 'unterstrich', 'tiret bas|underscore', 'guion bajo'),
  '-': list('dash|hyphen|minus', 'minus|bindestrich|strich', 'tiret|moins', 'guion|menos'),
  ':': list('colon', 'doppelpunkt', 'deux points', 'dos puntos'),
  '*': list('star|asterisk', 'stern|sternchen', 'etoile|asterisque', 'asterisco'),
  '\u00b0': list('degrees|degree', 'grad', 'degres|degre', 'grados|grado'),
  '\u20ac': list('euros|euro', 'euro', 'euros|euro', 'euros|euro'),
  $: list('dollars|dollar', 'dollar', 'dollars|dollar', 'dolares|dolar'),
  '\u00a3': list('pounds|pound', 'pfund', 'livres|livre', 'libras|libra'),
  '\u00a5': list('yen', 'yen', 'yens|yen', 'yenes|yen'),
}

export const currencySigns: ReadonlySet<string> = new Set(['\u20ac', '$', '\u00a3', '\u00a5'])

/** What the hundredth part of a sum is called. */
export const centWords: Words = list('cents|cent|pence', 'cent', 'centimes|cents|centime', 'centimos|centavos')

/** Between a number and its decimals. */
export const pointWords: Words = list('point', 'komma|punkt', 'virgule|point', 'coma|punto')

/** Abbreviations that mean nothing but the unit. */
export const unitWords: Readonly<Record<string, Words>> = {
  mg: list('milligrams|milligram', 'milligramm', 'milligrammes|milligramme', 'miligramos|miligramo'),
  mcg: list('micrograms|microgram', 'mikrogramm', 'microgrammes', 'microgramos'),
  kg: list('kilograms|kilogram|kilos|kilo', 'kilogramm|kilo', 'kilogrammes|kilos|kilo', 'kilogramos|kilos|kilo'),
  ml: list('milliliters|millilitres|milliliter|millilitre', 'milliliter', 'millilitres|millilitre', 'mililitros'),
  cl: list('centiliters|centilitres', 'zentiliter', 'centilitres', 'centilitros'),
  mm: list('millimeters|millimetres', 'millimeter', 'millimetres', 'milimetros'),
  cm: list('centimeters|centimetres', 'zentimeter', 'centimetres', 'centimetros'),
  km: list('kilometers|kilometres', 'kilometer', 'kilometres', 'kilometros'),
  lbs: list('pounds', 'pfund', 'livres', 'libras'),
  eur: list('euros|euro', 'euro', 'euros|euro', 'euros|euro'),
  usd: list('dollars|dollar', 'dollar', 'dollars|dollar', 'dolares|dolar'),
  gbp: list('pounds|pound', 'pfund', 'livres|livre', 'libras|libra'),
}

/** Abbreviations that are words or letters as well: units only behind a number. */
export const unitWordsBehindNumber: Readonly<Record<string, Words>> = {
  g: list('grams|gram', 'gramm', 'grammes|gramme', 'gramos|gramo'),
  l: list('liters|litres|liter|litre', 'liter', 'litres|litre', 'litros|litro'),
  m: list('meters|metres|meter|metre', 'meter', 'metres|metre', 'metros|metro'),
  h: list('hours|hour', 'uhr|stunden', 'heures|heure', 'horas|hora'),
  oz: list('ounces|ounce', 'unzen', 'onces', 'onzas'),
  lb: list('pounds|pound', 'pfund', 'livres', 'libras'),
  ft: list('feet|foot', 'fuss', 'pieds', 'pies'),
  min: list('minutes|minute', 'minuten', 'minutes|minute', 'minutos|minuto'),
  k: list('thousand', 'tausend', 'mille', 'mil'),
}
