/**
 * What the columns of knowledge hold; part of `columnClasses`. A document is about no person: it is how a workspace set its
 * agents up. Its words are sealed nevertheless; the index holds them one by one and readable, which is the price of a search.
 */
export const knowledgeColumnClasses = {
  'tenant.knowledge': {
    workspace_id: 'none',
    id: 'none',
    name: 'operational',
    source_type: 'operational',
    media_type: 'operational',
    language: 'operational',
    byte_count: 'none',
    content_sha256: 'operational',
    state: 'operational',
    error_code: 'operational',
    error_detail: 'operational',
    progress_done: 'none',
    progress_total: 'none',
    chunk_count: 'none',
    character_count: 'none',
    revision: 'none',
    attempts: 'none',
    created_by: 'operational',
    created_at: 'none',
    updated_at: 'none',
    processed_at: 'operational',
  },
  'tenant.knowledge_chunks': {
    workspace_id: 'none',
    id: 'none',
    knowledge_id: 'none',
    revision: 'none',
    position: 'none',
    character_count: 'none',
    content: 'operational',
  },
  'tenant.knowledge_index': {
    workspace_id: 'none',
    chunk_id: 'none',
    knowledge_id: 'none',
    revision: 'none',
    terms: 'operational',
  },
  'tenant.knowledge_words': {
    workspace_id: 'none',
    knowledge_id: 'none',
    revision: 'none',
    word: 'operational',
    chunks: 'none',
  },
} as const
