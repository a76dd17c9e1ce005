import { parseArgs } from 'node:util'
import type { Config } from '../config.ts'
import { keyPurposes } from '../platform/crypto/keyring.ts'
import { countUnderKeys, type KeyUse, sayUse } from './count-under-keys.ts'
import { installationFiles } from './installation-files.ts'
import type { HeldKey } from './key-holder.ts'
import { keyHolders } from './key-holders.ts'
import { type Host, onHost } from './on-host.ts'

const dayMs = 24 * 60 * 60 * 1000

type Line = Omit<HeldKey, 'state'> & {
  readonly purpose: KeyUse['purpose']
  /** `unlisted`: rows are under it, and the holder that is configured does not have it. */
  readonly state: HeldKey['state'] | 'unlisted'
  readonly uses: readonly KeyUse[]
}

/** `hyponema keys status [--json]`: every key, its age, and how much stands under it in all workspaces. */
export async function showKeys(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
  await onHost(config, async (host) => {
    const lines = await readLines(config, host)
    process.stdout.write(values.json ? `${JSON.stringify(lines.map(toJson), null, 2)}\n` : table(lines, host))
  })
}

async function readLines(config: Config, host: Host): Promise<readonly Line[]> {
  const { clock, installation } = host
  const files = installationFiles(config.homeFolder)
  const uses = await countUnderKeys({ database: installation.database, files, clock })
  const holders = keyHolders(config, host)
  const lines: Line[] = []
  for (const purpose of keyPurposes) {
    const held = await holders[purpose].list()
    const own = uses.filter((use) => use.purpose === purpose)
    const ids = new Set(held.map(({ id }) => id))
    const unlisted = new Set(own.map(({ keyId }) => keyId).filter((id) => !ids.has(id)))
    const all = [...held, ...[...unlisted].map((id) => ({ id, state: 'unlisted' as const, createdAt: undefined }))]
    lines.push(...all.map((key) => ({ ...key, purpose, uses: own.filter(({ keyId }) => keyId === key.id) })))
  }
  return lines
}

function toJson({ id, purpose, state, createdAt, uses }: Line) {
  return {
    id,
    purpose,
    state,
    created_at: createdAt?.toISOString() ?? null,
    uses: uses.map(({ what, rows, workspaces }) => ({ what, rows, workspaces })),
  }
}

function table(lines: readonly Line[], { clock }: Host): string {
  const width = Math.max(...lines.map(({ id }) => id.length))
  return lines
    .map(({ id, state, createdAt, uses }) => {
      const days = createdAt === undefined ? '' : `${Math.floor((clock.nowMs() - createdAt.getTime()) / dayMs)} days`
      const used = uses.length === 0 ? 'nothing' : uses.map(sayUse).join(', ')
      return `${id.padEnd(width)}  ${state.padEnd(8)}  ${days.padStart(9)}  ${used}\n`
    })
    .join('')
}
