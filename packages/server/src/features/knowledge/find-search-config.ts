/** The languages whose endings and stop words the database knows, as one of its text search configurations. */
const configs = { en: 'english', de: 'german', fr: 'french', es: 'spanish' } as const

export type TextSearchConfig = `pg_catalog.${(typeof configs)[keyof typeof configs] | 'simple'}`

/** Of words in this language, as in `en` or `en-GB`; of any other language each word stands for itself. */
export function findSearchConfig(language: string | null): TextSearchConfig {
  const primary = language?.slice(0, 2)
  switch (primary) {
    case 'en':
    case 'de':
    case 'fr':
    case 'es':
      return `pg_catalog.${configs[primary]}`
    default:
      return 'pg_catalog.simple'
  }
}
