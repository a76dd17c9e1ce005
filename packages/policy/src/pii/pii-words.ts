/** What stands, or is said, in the place of something personal. */
import { type PiiKind, type PolicyLanguage, policyLanguageOf } from '@hyponema/contract'
import type { PiiMark } from '../match/sentence-finder.ts'

/** In texts that are read: by a model, or in a transcript. Dropped, nothing stands there. */
export function piiMarker({ kind, action }: Pick<PiiMark, 'kind' | 'action'>): string {
  return action === 'mask' ? `[${kind}]` : ''
}

const spoken = {
  en: {
    card: 'a card number',
    iban: 'an account number',
    ssn: 'a social security number',
    national_id: 'an identity number',
    email: 'an e-mail address',
    phone: 'a phone number',
    ip: 'an internet address',
    secret: 'a secret key',
    ending: 'ending in',
  },
  de: {
    card: 'eine Kartennummer',
    iban: 'eine Kontonummer',
    ssn: 'eine Sozialversicherungsnummer',
    national_id: 'eine Ausweisnummer',
    email: 'eine E-Mail-Adresse',
    phone: 'eine Telefonnummer',
    ip: 'eine Internetadresse',
    secret: 'ein geheimer Schlüssel',
    ending: 'mit der Endung',
  },
  fr: {
    card: 'un numéro de carte',
    iban: 'un numéro de compte',
    ssn: 'un numéro de sécurité sociale',
    national_id: "un numéro d'identité",
    email: 'une adresse e-mail',
    phone: 'un numéro de téléphone',
    ip: 'une adresse internet',
    secret: 'une clé secrète',
    ending: 'qui finit par',
  },
  es: {
    card: 'un número de tarjeta',
    iban: 'un número de cuenta',
    ssn: 'un número de seguridad social',
    national_id: 'un número de identidad',
    email: 'una dirección de correo',
    phone: 'un número de teléfono',
    ip: 'una dirección de internet',
    secret: 'una clave secreta',
    ending: 'que termina en',
  },
} as const satisfies Record<PolicyLanguage, Record<PiiKind | 'ending', string>>

/**
 * Said in its place: the kind, and masked also the last two digits. Something is said for what is dropped, too, because the words
 * on both sides of it must not join.
 */
export function piiWords({ kind, action, tail }: PiiMark, language: string | undefined): string {
  const words = spoken[policyLanguageOf(language)]
  return action === 'mask' && tail !== '' ? `${words[kind]} ${words.ending} ${tail}` : words[kind]
}
