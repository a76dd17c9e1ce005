/**
 * For the Node that serves. V8 lets the young generation grow to 128 MB on a large machine before it looks through it, so that
 * a thousand short calls leave 100 MB of pages that nothing lives in. It can only be said when the process starts.
 */
export const serverFlags = Object.freeze(['--max-semi-space-size=8'])
