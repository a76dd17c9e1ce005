/** The languages of the tables as bits: what a reading needs, and what a zone is written for. */
import { type PolicyLanguage, policyLanguages } from '@hyponema/contract'

export const allLanguages = (1 << policyLanguages.length) - 1

/** The languages of a zone; one that names none is read in all. */
export function languageMask(languages: readonly PolicyLanguage[]): number {
  if (languages.length === 0) return allLanguages
  return languages.reduce((mask, language) => mask | languageBit(language), 0)
}

export function languageBit(language: PolicyLanguage): number {
  return 1 << policyLanguages.indexOf(language)
}
