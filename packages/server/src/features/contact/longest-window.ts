/** As long as the longest window of a cap, and a day: an attempt may be made that long after it was reserved. */
export const longestWindowMs = (8760 + 24) * 3_600_000
