/** The Wycheproof cases, where they are: in the folder that is named, else in `shared/vectors` beside the repository. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const besideTheRepository = resolve(import.meta.dirname, '../../../../../../../shared/vectors')

/** Undefined when the file is absent; throws when it holds something else than `groupSchema` expects. */
export function readWycheproof<Group extends z.ZodType>(
  folder: string | undefined,
  file: string,
  groupSchema: Group,
): z.infer<Group>[] | undefined {
  const path = join(folder ?? besideTheRepository, 'wycheproof', file)
  if (!existsSync(path)) return undefined
  return z.object({ testGroups: z.array(groupSchema) }).parse(JSON.parse(readFileSync(path, 'utf8'))).testGroups
}

export const hexSchema = z.string().transform((text) => Buffer.from(text, 'hex'))
export const verdictSchema = z.enum(['valid', 'invalid'])
