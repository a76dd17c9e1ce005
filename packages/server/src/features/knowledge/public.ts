export { createKnowledgeSearch, type FoundChunk, type KnowledgeSearch } from './create-knowledge-search.ts'
