/** The Wycheproof cases, where they are: `VECTORS_DIR`, else the folder `shared/vectors` beside the repository. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const folder = process.env['VECTORS_DIR'] ?? resolve(import.meta.dirname, '../../../../../../../shared/vectors')

/** Undefined when the file is absent; throws when it holds something else than `groupSchema` expects. */
export function readWycheproof<Group extends z.ZodType>(file: string, groupSchema: Group): z.infer<Group>[] | undefined {
  const path = join(folder, 'wycheproof', file)
  if (!existsSync(path)) return undefined
  return z.object({ testGroups: z.array(groupSchema) }).parse(JSON.parse(readFileSync(path, 'utf8'))).testGroups
}

export const hexSchema = z.string().transform((text) => Buffer.from(text, 'hex'))
export const verdictSchema = z.enum(['valid', 'invalid'])
