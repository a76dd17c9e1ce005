import { readFile } from 'node:fs/promises'
import { type PolicyLibraryName, type ZoneFileName, zoneFileNames } from '@hyponema/contract'

/** The tree of a package is that of the repository. */
const folder = new URL('../../../../../policies/', import.meta.url)

/** A ready policy as its file has it: YAML with the comments that say why. The name is one of a closed list, so no path comes of it. */
export async function readLibrary(name: PolicyLibraryName): Promise<string> {
  const path = isZoneFile(name) ? `zones/${name}.yaml` : `${name}.yaml`
  return await readFile(new URL(path, folder), 'utf8')
}

function isZoneFile(name: PolicyLibraryName): name is ZoneFileName {
  return zoneFileNames.some((zoneFile) => zoneFile === name)
}
