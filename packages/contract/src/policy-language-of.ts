import { type PolicyLanguage, policyLanguages } from './policy-words.ts'

/** The language of our own words for a tag such as `de-AT`, by its first part; English where we have no words in it. */
export function policyLanguageOf(tag: string | undefined): PolicyLanguage {
  const code = tag?.split('-')[0]?.toLowerCase()
  return policyLanguages.find((known) => known === code) ?? 'en'
}
