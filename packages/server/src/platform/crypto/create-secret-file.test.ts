import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSecretFile } from './create-secret-file.ts'
import { temporaryFolder } from './test-harness/key-fixtures.ts'

describe('a secret file that is made once', () => {
  let folder: ReturnType<typeof temporaryFolder>
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  it('is complete, and its owner alone can read it', async () => {
    await createSecretFile(folder.path('a'), 'content')
    expect(readFileSync(folder.path('a'), 'utf8')).toBe('content')
    expect(statSync(folder.path('a')).mode & 0o777).toBe(0o600)
  })

  it('stays as it is where it was there before', async () => {
    writeFileSync(folder.path('a'), 'first')
    await createSecretFile(folder.path('a'), 'second')
    expect(readFileSync(folder.path('a'), 'utf8')).toBe('first')
  })

  it('is made by exactly one of many, and nothing else is left behind', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => createSecretFile(folder.path('a'), `writer ${index}`)))
    expect(readFileSync(folder.path('a'), 'utf8')).toMatch(/^writer \d+$/)
    expect(readdirSync(dirname(folder.path('a')))).toEqual(['a'])
  })

  it('is not made where its folder is missing, and says so', async () => {
    await expect(createSecretFile(folder.path('missing/a'), 'content')).rejects.toThrow(/ENOENT/)
  })
})
