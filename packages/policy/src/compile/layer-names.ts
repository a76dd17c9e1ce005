/** From the outermost to the innermost; each may only tighten what those before it say. */
export const layerNames = ['installation', 'workspace', 'agent'] as const
export type LayerName = (typeof layerNames)[number]
