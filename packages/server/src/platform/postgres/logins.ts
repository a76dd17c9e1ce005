import { z } from 'zod'
import { parseJson } from '../../kernel/parse-json.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { readPrivateFile } from '../crypto/read-private-file.ts'
import { ownCommand } from '../own-command.ts'

const loginSchema = z.strictObject({ user: z.string().min(1), password: z.string().min(1) })

/** One database role and its password. */
export type Login = z.infer<typeof loginSchema>

const loginsSchema = z.strictObject({ app: loginSchema, worker: loginSchema, auth: loginSchema, sealer: loginSchema })

/** What a serving process may know: logins.json. */
export type Logins = z.infer<typeof loginsSchema>

const adminLoginsSchema = z.strictObject({
  migrator: loginSchema.optional(),
  backup: loginSchema.optional(),
  /** The superuser of the embedded server; absent when the server is not ours. */
  superuser: loginSchema.optional(),
})

/** What only migrate, backup, restore and prove open: admin.json. */
export type AdminLogins = z.infer<typeof adminLoginsSchema>

/** Reads logins.json; a missing or damaged file is refused with what to run. */
export async function readLogins(path: string): Promise<Logins> {
  const logins = await readJson(path, loginsSchema)
  if (logins === undefined) {
    throw new StartupRefusal(
      `There is no ${path}; run \`${ownCommand('migrate URL')}\` with an administrator's URL to create the logins.`,
    )
  }
  return logins
}

/** The same, undefined where the file does not exist yet. For `migrate`, which makes it. */
export function readLoginsIfPresent(path: string): Promise<Logins | undefined> {
  return readJson(path, loginsSchema)
}

/** Reads admin.json; an absent file is an empty one. */
export async function readAdminLogins(path: string): Promise<AdminLogins> {
  return (await readJson(path, adminLoginsSchema)) ?? {}
}

async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string | undefined
  try {
    text = await readPrivateFile(path)
  } catch (error) {
    if (error instanceof StartupRefusal) throw error
    throw new StartupRefusal(`${path} cannot be read; make it readable for the user who runs this command.`, {
      cause: error,
    })
  }
  if (text === undefined) return undefined
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success)
    throw new StartupRefusal(
      `${path} is damaged; restore it from a copy or run \`${ownCommand('migrate URL')}\` again.`,
    )
  return parsed.data
}
