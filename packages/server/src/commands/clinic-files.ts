import { fileURLToPath } from 'node:url'

const isSource = import.meta.url.endsWith('.ts')
/** The tree of a package is that of the repository. */
const folder = new URL('../../../../examples/clinic/', import.meta.url)

/** What the demo takes from the examples: a program of its own and a document. No code of theirs is loaded here. */
export const clinicFiles = {
  desk: fileURLToPath(new URL(isSource ? 'booking-desk.ts' : 'booking-desk.js', folder)),
  handbook: fileURLToPath(new URL('handbook.md', folder)),
} as const
