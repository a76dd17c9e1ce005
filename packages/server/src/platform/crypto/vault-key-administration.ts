import { z } from 'zod'
import { parseJson } from '../../kernel/parse-json.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import type { KeyAdministration } from './key-administration.ts'
import { keyUnreachable } from './service-failures.ts'
import { parseVaultKeyId, vaultKeyId } from './vault-key-id.ts'
import { askVault, type VaultAccess } from './vault-request.ts'

const keySchema = z.object({
  data: z.object({
    latest_version: z.int().min(1).max(1_000_000),
    min_decryption_version: z.int().min(0),
  }),
})

/**
 * The versions of a transit key. The token must be allowed to read and update `transit/keys/NAME` and `.../config`, and to update
 * `.../rotate`, which the one of a serving process need not be.
 */
export function vaultKeyAdministration(name: string, access: VaultAccess): KeyAdministration {
  const read = async (): Promise<{ latest: number; oldest: number }> => {
    const { status, body } = await askVault(access, name, { method: 'GET', path: `keys/${name}` })
    const parsed = keySchema.safeParse(status === 200 ? parseJson(body) : undefined)
    if (!parsed.success) throw keyUnreachable(name, `Vault answered the question for its versions with ${status}`)
    const { latest_version: latest, min_decryption_version: oldest } = parsed.data.data
    return { latest, oldest: Math.max(1, oldest) }
  }
  const change = async (path: string, body: Readonly<Record<string, unknown>>): Promise<void> => {
    const { status } = await askVault(access, name, { method: 'POST', path: `keys/${name}/${path}`, body })
    if (status !== 200 && status !== 204) throw keyUnreachable(name, `Vault answered ${path} with ${status}`)
  }
  return {
    list: async () => {
      const { latest, oldest } = await read()
      return Array.from({ length: latest - oldest + 1 }, (_, age) => ({
        id: vaultKeyId({ name, version: latest - age }),
        state: age === 0 ? 'active' : 'retiring',
      }))
    },
    rotate: async () => {
      await change('rotate', {})
      const { latest } = await read()
      return vaultKeyId({ name, version: latest })
    },
    retire: async (id, inUse) => {
      const key = parseVaultKeyId(id)
      const { latest, oldest } = await read()
      if (key?.name !== name || key.version < oldest || key.version > latest)
        throw new StartupRefusal(`${id} is no version of ${name} that Vault still unwraps; see hyponema keys status.`)
      if (key.version === latest)
        throw new StartupRefusal(`${id} is what new keys are wrapped with; rotate first, then rewrap.`)
      const used = [...inUse].filter((one) => {
        const other = parseVaultKeyId(one)
        return other?.name === name && other.version <= key.version
      })
      if (used.length > 0)
        throw new StartupRefusal(
          `${id} cannot be retired: Vault retires every version up to it, and ${used.toSorted().join(', ')} still in use. Rewrap first.`,
        )
      await change('config', { min_decryption_version: key.version + 1 })
    },
  }
}
