export { type FoundChunk, KnowledgeSearch } from './knowledge-search.ts'
