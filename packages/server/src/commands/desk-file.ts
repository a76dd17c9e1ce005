import { decodeId, encodeId, type Uuid } from '@hyponema/contract'
import { z } from 'zod'
import { parseJson } from '../kernel/parse-json.ts'
import { readPrivateFile } from '../platform/crypto/read-private-file.ts'
import { writeSecretFile } from '../platform/crypto/write-secret-file.ts'

const schema = z.strictObject({
  port: z.int().min(1).max(65_535),
  key: z.string().min(8),
  credential_id: z.string().nullable(),
})

/** What the booking desk of the demo is started with: its own file, as any backend has one. Mode 0600. */
export type DeskSettings = {
  readonly port: number
  readonly key: string
  /** The credential of the demo workspace in which this key is sealed for this port. */
  readonly credentialId: Uuid | undefined
}

/** Undefined when there is no such file, or one that does not read: then the desk gets a new key. */
export async function readDeskFile(path: string): Promise<DeskSettings | undefined> {
  const file = schema.safeParse(parseJson((await readPrivateFile(path)) ?? '')).data
  if (file === undefined) return undefined
  return { port: file.port, key: file.key, credentialId: decodeId('credential', file.credential_id ?? '') }
}

export async function writeDeskFile(path: string, { port, key, credentialId }: DeskSettings): Promise<void> {
  const credential = credentialId === undefined ? null : encodeId('credential', credentialId)
  await writeSecretFile(path, `${JSON.stringify({ port, key, credential_id: credential }, undefined, 2)}\n`)
}
