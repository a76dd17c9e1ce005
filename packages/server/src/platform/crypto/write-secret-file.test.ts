import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from './test-harness/key-fixtures.ts'
import { writeSecretFile } from './write-secret-file.ts'

describe('a secret file that is written', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('takes the place of the one before, and its owner alone can read it whatever the other one allowed', async () => {
    writeFileSync(folder.path('a'), 'first')
    chmodSync(folder.path('a'), 0o644)
    await writeSecretFile(folder.path('a'), 'second')
    expect(readFileSync(folder.path('a'), 'utf8')).toBe('second')
    expect(statSync(folder.path('a')).mode & 0o777).toBe(0o600)
  })

  it('is the whole of one when many write at once, and nothing else is left behind', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => writeSecretFile(folder.path('a'), `writer ${index}`)))
    expect(readFileSync(folder.path('a'), 'utf8')).toMatch(/^writer \d+$/)
    expect(readdirSync(dirname(folder.path('a')))).toEqual(['a'])
  })

  it('leaves nothing behind where it cannot take its name', async () => {
    mkdirSync(folder.path('a'))
    await expect(writeSecretFile(folder.path('a'), 'content')).rejects.toThrow(/EISDIR|ENOTDIR|EEXIST/)
    expect(readdirSync(dirname(folder.path('a')))).toEqual(['a'])
  })
})
