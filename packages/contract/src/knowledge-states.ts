export const knowledgeSourceTypes = ['file', 'inline'] as const
export type KnowledgeSourceType = (typeof knowledgeSourceTypes)[number]

/** `queued` until the worker takes it; of a `ready` one every passage can be found. */
export const knowledgeStates = ['queued', 'processing', 'ready', 'failed'] as const
export type KnowledgeState = (typeof knowledgeStates)[number]
