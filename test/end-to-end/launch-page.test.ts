import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ended, runToEnd } from './run-to-end.ts'
import { addPageSources, type ScratchRepository, scratchRepository } from './scratch-repository.ts'

describe('building the talk page', () => {
  let scratch: ScratchRepository
  beforeEach(async () => {
    scratch = await scratchRepository()
    await rm(scratch.path('package-lock.json'))
    await addPageSources(scratch)
  })
  afterEach(() => scratch.remove())

  const build = (): Promise<Ended> =>
    runToEnd({ args: [scratch.path('tools', 'launch.mjs'), 'build'], cwd: scratch.root, env: scratch.environment })
  const made = (name: string): string => scratch.path('packages', 'widget', 'dist', name)
  const inodeOf = async (name: string): Promise<number> => (await stat(made(name))).ino

  test('makes script, style and mark', async () => {
    expect(await build()).toMatchObject({ code: 0, stderr: '' })
    for (const name of ['talk.js', 'talk.css', 'mark.svg']) expect((await stat(made(name))).size).toBeGreaterThan(100)
  })

  test('is repeated for a changed source or a missing file, and else spared', async () => {
    await build()
    const first = await inodeOf('talk.js')
    await build()
    expect(await inodeOf('talk.js')).toBe(first)
    const source = scratch.path('packages', 'widget', 'src', 'talk', 'main.ts')
    await writeFile(source, `${await readFile(source, 'utf8')}\nconsole.log('changed')\n`)
    await build()
    expect(await readFile(made('talk.js'), 'utf8')).toContain('changed')
    await rm(made('talk.css'))
    await build()
    expect((await stat(made('talk.css'))).isFile()).toBe(true)
  })

  test.each(['talk/main.ts', 'mark.svg', 'talk/talk.css'])(
    'without %s ends with one sentence that names it',
    async (name) => {
      await rm(scratch.path('packages', 'widget', 'src', name))
      const { code, stderr } = await build()
      expect(code).toBe(1)
      expect(stderr).toMatch(/^The pages could not be built: .*; repair packages\/widget .*\n$/)
      expect(stderr).toContain(name.split('/').at(-1))
    },
  )
})
