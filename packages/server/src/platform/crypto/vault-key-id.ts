/** A version of a transit key, as `kek_id` bears it. */
export type VaultKeyVersion = { readonly name: string; readonly version: number }

export function vaultKeyId({ name, version }: VaultKeyVersion): string {
  return `${name}:v${version}`
}

/** Undefined for what no version of a transit key is called. */
export function parseVaultKeyId(id: string): VaultKeyVersion | undefined {
  const [, name, version] = /^([A-Za-z0-9_.-]{1,64}):v([1-9]\d{0,8})$/.exec(id) ?? []
  return name === undefined ? undefined : { name, version: Number(version) }
}
