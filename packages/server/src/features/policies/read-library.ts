import { type PolicyLibraryName, type ZoneFileName, zoneFileNames } from '@hyponema/contract'
import { readShippedText } from '../../platform/shipped/read-shipped-text.ts'

/** A ready policy as its file has it: YAML with the comments that say why. The name is one of a closed list, so no path comes of it. */
export async function readLibrary(name: PolicyLibraryName): Promise<string> {
  return await readShippedText(isZoneFile(name) ? `policies/zones/${name}.yaml` : `policies/${name}.yaml`)
}

function isZoneFile(name: PolicyLibraryName): name is ZoneFileName {
  return zoneFileNames.some((zoneFile) => zoneFile === name)
}
