import { execFile, spawnSync } from 'node:child_process'
import { chmod, cp, lstat, mkdtemp, readdir, readlink, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readHostFacts } from './host-facts.ts'
import { findNativePackage, type NativePackage, useCopy, useInPlace } from './native-binaries.ts'

const run = promisify(execFile)
const module = new URL('./native-binaries.ts', import.meta.url).href
/** Root may write everywhere, so as root somebody else tries. */
const otherUser = process.getuid?.() === 0 ? { uid: 1, gid: 1 } : {}

/** A repository below a 0700 folder of root can only be read by root. */
function othersCanReadUs(): boolean {
  return (
    spawnSync(process.execPath, ['-e', `import(${JSON.stringify(module)})`], { cwd: '/', ...otherUser }).status === 0
  )
}
const facts = readHostFacts()

/** Exactly what npm leaves behind when install scripts are switched off. */
async function unpackedWithoutScripts(folder: string): Promise<NativePackage> {
  const installed = await findNativePackage(facts)
  const target = join(folder, 'package')
  await cp(installed.folder, target, { recursive: true, verbatimSymlinks: true })
  const library = join(target, 'native', 'lib')
  for (const name of await readdir(library)) {
    if ((await lstat(join(library, name))).isSymbolicLink()) await unlink(join(library, name))
  }
  return { ...installed, folder: target }
}

const version = async (folder: string): Promise<string> => (await run(join(folder, 'initdb'), ['--version'])).stdout

describe('the binaries of the package', () => {
  let folder: string
  let bare: NativePackage
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hyponema-binaries-'))
    bare = await unpackedWithoutScripts(folder)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('do not run without the links that an install script would make', async () => {
    const server = join(bare.folder, 'native', 'bin', 'postgres')
    await expect(run(server, ['--version'])).rejects.toThrow('libicu')
  })

  test('get their missing and their broken links where they lie', async () => {
    const broken = join(bare.folder, 'native', 'lib', 'libpq.so.5')
    await symlink('libpq.so.gone', broken)
    const binaries = await useInPlace(bare, join(folder, 'copy'))
    expect(await version(binaries.folder)).toContain('18.')
    expect(await readlink(broken)).toMatch(/^libpq\.so\.5\.\d+$/)
    expect(await readdir(folder)).toEqual(['package'])
    expect((await useInPlace(bare, join(folder, 'copy'))).folder).toBe(binaries.folder)
  })

  test('are copied complete, readable for others, writable for the owner alone, and once per version', async () => {
    const binaries = await useCopy(bare, folder)
    expect(await version(binaries.folder)).toContain('18.')
    const copy = join(folder, `postgresql-${bare.version}`)
    expect((await stat(copy)).mode & 0o777).toBe(0o755)
    expect((await stat(join(binaries.folder, 'postgres'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(copy, 'native', 'share', 'postgresql', 'postgres.bki'))).mode & 0o777).toBe(0o644)
    await writeFile(join(copy, 'mark'), '')
    await useCopy(bare, folder)
    expect(await readdir(copy)).toContain('mark')
  })

  test.runIf(othersCanReadUs())(
    'are copied where the package folder belongs to somebody else and lacks its links',
    async () => {
      await chmod(folder, 0o777)
      await chmod(join(bare.folder, 'native', 'lib'), 0o555)
      const call = `import { useInPlace } from ${JSON.stringify(module)}
      process.stdout.write(JSON.stringify(await useInPlace(${JSON.stringify(bare)}, ${JSON.stringify(folder)})))`
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', call], { cwd: '/', ...otherUser })
      const made = join(folder, `postgresql-${bare.version}`, 'native', 'bin')
      expect(JSON.parse(stdout)).toEqual({ folder: made, version: bare.version })
      expect(await version(made)).toContain('18.')
      await chmod(join(bare.folder, 'native', 'lib'), 0o755)
    },
  )

  test('that are not installed are refused with the command that brings them', async () => {
    await expect(findNativePackage({ ...facts, architecture: 'nowhere' })).rejects.toThrow(
      /is not installed: run npm ci --include=optional, or set DATABASE_URL/,
    )
  })
})
