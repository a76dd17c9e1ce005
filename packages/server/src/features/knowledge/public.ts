export { checkSources } from './check-sources.ts'
export { createKnowledgeSearch, type FoundChunk, type KnowledgeSearch } from './create-knowledge-search.ts'
export { purgeObjects } from './purge-objects.ts'
export { createProcessing, type Processing } from './run-processing.ts'
