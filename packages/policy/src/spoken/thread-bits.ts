/** Bits of a thread that was read as it is spoken, beside those of phrase-walker.ts. */
export const spokenBit = 128
/** From here on one bit for each language in which the thread is no reading. */
export const excludedShift = 8
