import { readFile } from 'node:fs/promises'

/** The tree of a package is that of the repository, so the way up is the same from its compiled files. */
const shippedFolder = new URL('../../../../../', import.meta.url)

/** A text file that comes with the server, by its place in the repository. The place is one of our own constants, never a wish of a caller. */
export async function readShippedText(place: `policies/${string}.yaml`): Promise<string> {
  return await readFile(new URL(place, shippedFolder), 'utf8')
}
