export { textSearchConfig } from './text-search-config.ts'
