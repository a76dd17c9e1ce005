/** Something picked out of a message, and how many words it took. */
export type Capture = { readonly value: string; readonly length: number }
