/**
 * Threat: a tool server repeats the key it was asked with in what it lists, and whoever writes agents, who may not read the key,
 * reads it there; or it is pinned, and every prompt has it.
 * Rule: a tool that holds twelve characters in a row of the key in any spelling is not taken; where its name does, the name is
 * not told either.
 * On failure: a key that is gone meanwhile throws, and nothing is listed.
 */
import { withoutSecret } from '../../platform/crypto/without-secret.ts'
import type { ToolListing } from '../../platform/mcp/read-tool-list.ts'
import type { LentSecret } from '../../platform/outbound/lend-secret.ts'

/** As for the answers of tools: fewer would take ordinary numbers for parts of a key. */
const runLength = 12

/** The list as it may be told. */
export function checkListing(listing: ToolListing, key: LentSecret): ToolListing {
  return key.use((bytes) => {
    const run = Math.min(runLength, bytes.length)
    const holdsKey = (text: string): boolean => withoutSecret(text, bytes, run) !== text
    const named = listing.tools.filter(({ name }) => !holdsKey(name))
    const known = [...listing.unusable].filter(([name]) => !holdsKey(name))
    const unnamed = listing.tools.length - named.length + listing.unusable.size - known.length
    const repeating = named.filter(({ description, inputSchema }) =>
      holdsKey(`${description}\n${JSON.stringify(inputSchema)}`),
    )
    return {
      tools: named.filter((tool) => !repeating.includes(tool)),
      unusable: new Map([
        ...known,
        ...repeating.map(({ name }) => [name, 'it repeats the key of its server'] as const),
      ]),
      leftOut: listing.leftOut + unnamed,
    }
  })
}
