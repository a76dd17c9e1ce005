import type { PolicyDocument } from '@hyponema/contract'

/** Windows that allow more than the preset that they are made of, and why; whoever puts them in force writes it into the audit log. */
export function listLoosened({ sleep_windows: windows }: PolicyDocument): { readonly loosened?: readonly object[] } {
  const loosened = windows.flatMap(({ name, preset, loosen }) =>
    loosen === undefined ? [] : [{ window: name, preset, ...loosen }],
  )
  return loosened.length === 0 ? {} : { loosened }
}
