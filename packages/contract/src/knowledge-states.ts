export const knowledgeSourceTypes = ['file', 'inline'] as const
export type KnowledgeSourceType = (typeof knowledgeSourceTypes)[number]

/** `uploading` until its bytes are kept, `queued` until the worker takes it; `ready` may be searched. */
export const knowledgeStates = ['uploading', 'queued', 'processing', 'ready', 'failed'] as const
export type KnowledgeState = (typeof knowledgeStates)[number]
