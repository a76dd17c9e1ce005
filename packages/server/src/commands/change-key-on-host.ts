import { parseArgs } from 'node:util'
import { decodeId, errorCatalogue, rotateApiKeySchema, type Uuid } from '@hyponema/contract'
import type { z } from 'zod'
import type { Config } from '../config.ts'
import { revokeApiKey, rotateApiKey } from '../features/api-keys/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { AppError } from '../kernel/app-error.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { namedWorkspace } from './named-workspace.ts'
import { type Host, onHost } from './on-host.ts'

type Change = { readonly workspaceId: Uuid; readonly id: Uuid; readonly body: z.infer<typeof rotateApiKeySchema> }

/** `hyponema api-key rotate|revoke key_... [--overlap-seconds N] [--workspace ID]`; a rotation prints the new key once. */
export async function changeKeyOnHost(
  config: Config,
  verb: 'rotate' | 'revoke',
  args: readonly string[],
): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { workspace: { type: 'string' }, 'overlap-seconds': { type: 'string' } },
  })
  const [text = '', ...more] = positionals
  const id = decodeId('apiKey', text)
  if (id === undefined || more.length > 0) throw new StartupRefusal(`Say which key by its id: api-key ${verb} key_....`)
  const body = readOverlap(values['overlap-seconds'])
  const workspaceId = await namedWorkspace(config, values.workspace)
  await onHost(config, async (host) => {
    const change = { workspaceId, id, body }
    const printed = await (verb === 'rotate' ? rotate(host, change) : revoke(host, change)).catch((error: unknown) => {
      throw asRefusal(error, text)
    })
    process.stdout.write(`${printed}\n`)
  })
}

function rotate({ actIn, installation, clock, newId }: Host, { workspaceId, id, body }: Change): Promise<string> {
  const act = actIn(workspaceId, 'hyponema api-key rotate')
  const { keyring } = installation
  return auditedTransaction(act, async (tx) => {
    const { text } = await rotateApiKey(tx, { principal: act.principal, clock, newId, keyring, id, body })
    return text
  })
}

function revoke({ actIn, clock }: Host, { workspaceId, id }: Change): Promise<string> {
  return auditedTransaction(actIn(workspaceId, 'hyponema api-key revoke'), async (tx) => {
    await revokeApiKey(tx, { id, clock })
    return 'The key is revoked; running servers refuse it within five seconds.'
  })
}

function readOverlap(text: string | undefined): z.infer<typeof rotateApiKeySchema> {
  const seconds = /^\d{1,7}$/.test(text ?? '') ? Number(text) : Number.NaN
  const read = rotateApiKeySchema.safeParse(text === undefined ? {} : { overlap_seconds: seconds })
  if (read.success) return read.data
  throw new StartupRefusal('--overlap-seconds is a whole number from 0 to 2592000, which is 30 days.')
}

function asRefusal(error: unknown, key: string): unknown {
  if (!(error instanceof AppError)) return error
  if (error.code === 'request.not_found') return new StartupRefusal(`There is no key ${key} in this workspace.`)
  return new StartupRefusal(`${key}: ${errorCatalogue[error.code].title}.`)
}
